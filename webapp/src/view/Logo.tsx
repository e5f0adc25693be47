/** Two overlapping frames with one picture. */
export function Logo() {
  return (
    <svg className="logo" viewBox="0 0 32 32" width="32" height="32" aria-hidden="true">
      <rect x="2" y="7" width="19" height="19" rx="5" className="logo-back" />
      <rect x="11" y="6" width="19" height="19" rx="5" className="logo-front" />
      <path d="M14 21l4-5 3 3 2-2 4 4z" className="logo-hill" />
      <circle cx="24.5" cy="11.5" r="2" className="logo-hill" />
    </svg>
  );
}
