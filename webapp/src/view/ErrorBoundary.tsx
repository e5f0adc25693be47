import type { ReactNode } from 'react';
import { Component } from 'react';

/** Instead of a blank page, when a view fails: what happened, and a way on. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { problem: string | null }> {
  override state = { problem: null };

  static getDerivedStateFromError(error: unknown) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }

  override render() {
    const { problem } = this.state;
    if (problem === null) return this.props.children;
    return (
      <main className="centred">
        <h1>Something went wrong</h1>
        <p role="alert">The page cannot be shown: {problem}. What was added is stored.</p>
        <button type="button" onClick={() => location.reload()}>
          Reload the page
        </button>
      </main>
    );
  }
}
