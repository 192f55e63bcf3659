// A list that grows at its end and stays there, unless somebody has scrolled away from it.
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { count } from "../words/format";

const NEAR = 8; // pixels from the end that count as the end

/** `newest`: a number that grows with each line; `countAfter`: how many lines came after it was so. */
export function FollowedList({ label, newest, countAfter, children }: {
  label: string;
  newest: number;
  countAfter: (newest: number) => number;
  children: ComponentChildren;
}) {
  const box = useRef<HTMLDivElement>(null);
  const [leftAt, setLeftAt] = useState<number | null>(null); // null: it follows
  const toEnd = () => {
    if (box.current) box.current.scrollTop = box.current.scrollHeight;
  };
  useLayoutEffect(() => {
    if (leftAt === null) toEnd();
  });
  const onScroll = () => {
    const list = box.current;
    if (list === null) return;
    const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight <= NEAR;
    if (isAtEnd) setLeftAt(null);
    else if (leftAt === null) setLeftAt(newest);
  };
  const fresh = leftAt === null ? 0 : countAfter(leftAt);
  return (
    <div class="followed">
      <div class="lines scroll" ref={box} tabIndex={0} role="region" aria-label={label} onScroll={onScroll}>{children}</div>
      {leftAt !== null && (
        <button type="button" class="btn to-end" onClick={() => {
          setLeftAt(null);
          toEnd();
        }}>{fresh > 0 ? `${count(fresh, "new line")} ↓` : "To the end ↓"}</button>
      )}
    </div>
  );
}
