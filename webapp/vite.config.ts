import { defineConfig } from 'vite';

export default defineConfig({
  // relative URLs: the site may be served under a path
  base: './',
  // Amplify's dependencies use Node's name of the global object
  define: { global: 'globalThis' },
  build: {
    target: 'es2022',
    // the content security policy allows nothing inline
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // the licences of the packages in the bundle are served with it
    license: { fileName: 'licenses.txt' },
  },
});
