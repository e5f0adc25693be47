import { createRoot } from 'react-dom/client';
import './style.css';
import { App } from './view/App.tsx';

createRoot(document.getElementById('app')!).render(<App />);
