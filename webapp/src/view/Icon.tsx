// drawn, because fonts differ in the symbols that they have
const PATHS = {
  pause: 'M8 6v12M16 6v12',
  move: 'M4 8h15m0 0-4-4m4 4-4 4M20 16H5m0 0 4-4m-4 4 4 4',
  warning: 'M12 3 2.5 20h19zM12 9.5v5M12 17.2v.3',
  information: 'M12 3a9 9 0 1 0 .01 0zM12 11v6M12 7.2v.3',
  pen: 'M4 20l1-4L16 5l3 3L8 19zM13.5 7.5l3 3',
  ring: 'M12 5a7 7 0 1 0 .01 0z',
  cross: 'M6 6l12 12M18 6 6 18',
  question: 'M9 9a3 3 0 1 1 4.2 2.7c-.8.4-1.2 1-1.2 2.3M12 17.6v.3',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  plus: 'M12 5v14M5 12h14',
  minus: 'M5 12h14',
  left: 'M15 5l-7 7 7 7',
  right: 'M9 5l7 7-7 7',
  bin: 'M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5',
  clock: 'M12 3.5a8.5 8.5 0 1 0 .01 0zM12 7.5V12l3 2',
};

export type IconName = keyof typeof PATHS;

/** A sign beside a text that says the same. */
export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg className="sign" viewBox="0 0 24 24" width={size} height={size} aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
