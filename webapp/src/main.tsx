import { onlineManager } from '@tanstack/react-query';
import { createRoot } from 'react-dom/client';
import './style.css';
import './gallery.css';
import './lightBox.css';
import { App } from './view/App.tsx';

onlineManager.setOnline(navigator.onLine);
createRoot(document.getElementById('app')!).render(<App />);
