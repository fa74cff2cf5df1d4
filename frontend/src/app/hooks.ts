// Time, size, and what opens below a button, as components ask for them.

import { useEffect, useId, useRef, useState, type RefObject } from "react";

/** The time now, anew every `every` ms while `on`. */
export function useNow(every: number, on = true): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!on) return undefined;
    const timer = setInterval(() => setNow(Date.now()), every);
    return () => clearInterval(timer);
  }, [every, on]);
  return now;
}

/** True once `on` has held for `ms`: what is over sooner is not worth a word. */
export function useLasting(on: boolean, ms: number): boolean {
  const [lasting, setLasting] = useState(false);
  useEffect(() => {
    if (!on) return undefined;
    const timer = setTimeout(() => setLasting(true), ms);
    return () => {
      clearTimeout(timer);
      setLasting(false);
    };
  }, [on, ms]);
  return on && lasting;
}

/** True for `ms` after each change of `value`; what it was from the start is old. */
export function useRecent(value: unknown, ms: number): boolean {
  const [seen, setSeen] = useState(value);
  useEffect(() => {
    if (Object.is(value, seen)) return undefined;
    const timer = setTimeout(() => setSeen(value), ms);
    return () => clearTimeout(timer);
  }, [value, seen, ms]);
  return !Object.is(value, seen);
}

/** Whether an element is narrower than this; before it is measured, what the window says. */
export function useNarrow(ref: RefObject<HTMLElement | null>, width: number): boolean {
  const [narrow, setNarrow] = useState(() => window.matchMedia(`(max-width: ${width - 1}px)`).matches);
  useEffect(() => {
    const element = ref.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(() => setNarrow(element.clientWidth < width));
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref, width]);
  return narrow;
}

/** What a button opens below itself: closed by Escape, which goes back to the button, and by a press outside. `first` is
 *  a selector of what is focused when it opens. */
export function usePanel(first: string) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const place = useRef<HTMLDivElement>(null);
  const opener = useRef<HTMLElement | null>(null);
  useEffect(() => {
    if (!open) return undefined;
    place.current?.querySelector<HTMLElement>(first)?.focus();
    const outside = (event: PointerEvent): void => {
      if (event.target instanceof Node && !place.current?.contains(event.target)) setOpen(false);
    };
    const escape = (event: KeyboardEvent): void => {
      if (event.key !== "Escape") return;
      setOpen(false);
      opener.current?.focus();
    };
    document.addEventListener("pointerdown", outside);
    document.addEventListener("keydown", escape);
    return () => {
      document.removeEventListener("pointerdown", outside);
      document.removeEventListener("keydown", escape);
    };
  }, [open, first]);
  const toggle = {
    type: "button" as const,
    "aria-expanded": open,
    "aria-controls": open ? id : undefined,
    onClick: (event: { readonly currentTarget: HTMLElement }) => {
      opener.current = event.currentTarget;
      setOpen(!open);
    },
  };
  return { open, setOpen, id, place, toggle };
}
