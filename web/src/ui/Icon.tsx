// Icons whose shape says the state; colour only repeats it.

const SHAPES = {
  ready: "M1.8 8a6.2 6.2 0 1 0 12.4 0a6.2 6.2 0 1 0 -12.4 0M5.3 8.2l1.9 1.9 3.6-4",
  late: "M1.8 8a6.2 6.2 0 1 0 12.4 0a6.2 6.2 0 1 0 -12.4 0M8 4.7V8l2.3 1.5",
  draining: "M8 2v7M5 6.5l3 3 3-3M2.5 13.5h11",
  drained: "M1.8 8a6.2 6.2 0 1 0 12.4 0a6.2 6.2 0 1 0 -12.4 0M6.4 6v4M9.6 6v4",
  ejected: "M5.4 1.8h5.2l3.6 3.6v5.2l-3.6 3.6H5.4l-3.6-3.6V5.4zM5.3 8h5.4",
  lost: "M3.6 3.6A6.2 6.2 0 0 1 8 1.8M12.4 3.6A6.2 6.2 0 0 1 14.2 8M12.4 12.4A6.2 6.2 0 0 1 8 14.2M3.6 12.4A6.2 6.2 0 0 1 1.8 8M6 6l4 4M10 6l-4 4",
  starting: "M3.6 3.6A6.2 6.2 0 0 1 8 1.8M12.4 3.6A6.2 6.2 0 0 1 14.2 8M12.4 12.4A6.2 6.2 0 0 1 8 14.2M3.6 12.4A6.2 6.2 0 0 1 1.8 8",
  joined: "M8 14V7M5 9.5l3-3 3 3M2.5 2.5h11",
  returned: "M8 14V7M5 9.5l3-3 3 3M2.5 2.5h11",
  recovered: "M8 14V7M5 9.5l3-3 3 3M2.5 2.5h11",
  resumed: "M5 3l8 5-8 5z",
  second_attempt: "M2.5 5.5h8.5M8.5 3l2.5 2.5L8.5 8M2.5 11h11M11 8.5l2.5 2.5L11 13.5",
  overload: "M8 1.8l6.6 11.7H1.4zM8 6.3v3.4M8 11.6v.1",
  refusing: "M8 1.8l6.6 11.7H1.4zM8 6.3v3.4M8 11.6v.1",
  refusing_ended: "M1.8 8a6.2 6.2 0 1 0 12.4 0a6.2 6.2 0 1 0 -12.4 0M5.3 8.2l1.9 1.9 3.6-4",
  poison: "M5.4 1.8h5.2l3.6 3.6v5.2l-3.6 3.6H5.4l-3.6-3.6V5.4zM8 4.8v4M8 11v.1",
  started: "M4.5 2.5l8.5 5.5-8.5 5.5z",
  gone: "M2 2l12 12M4.2 6.2A6 6 0 018 5M1.8 4.8A9 9 0 015 2.8M8 5a6 6 0 013.8 1.3M8 2a9 9 0 016.2 2.8M6.4 9.2A3 3 0 018 8.7M8 12.2v.1",
  pause: "M5.5 3.5v9M10.5 3.5v9",
  play: "M5 3l8 5-8 5z",
  theme: "M5 8a3 3 0 1 0 6 0a3 3 0 1 0 -6 0M8 1.5v1M8 13.5v1M1.5 8h1M13.5 8h1M3.4 3.4l.7.7M11.9 11.9l.7.7M3.4 12.6l.7-.7M11.9 4.1l.7-.7",
} as const;

export type IconName = keyof typeof SHAPES;

export function Icon({ name, size = 14 }: { name: IconName; size?: number }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" width={size} height={size} fill="none" stroke="currentColor" stroke-width="1.6"
      stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">
      <path d={SHAPES[name]} />
    </svg>
  );
}
