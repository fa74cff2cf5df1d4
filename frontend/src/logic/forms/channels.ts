// A chart's channels (x, y, colour, facet) as the form has them. Pure.
//
// In a chart's spec a channel is a column's name, or an object with more: the form writes the short form where it can
// and keeps what it does not know.

export type ChannelName = "x" | "y" | "color" | "facet";

export interface Channel {
  readonly field: string;
  /** "" = none. */
  readonly aggregate: string;
  readonly timeUnit: string;
}

type Spec = Readonly<Record<string, unknown>>;

export function channelOf(spec: Spec, name: ChannelName): Channel {
  const channel = spec[name];
  if (typeof channel === "string") return { field: channel, aggregate: "", timeUnit: "" };
  const text = (key: string): string => {
    const value = isRecord(channel) ? channel[key] : undefined;
    return typeof value === "string" ? value : "";
  };
  return { field: text("field"), aggregate: text("aggregate"), timeUnit: text("timeUnit") };
}

export function withChannel(spec: Spec, name: ChannelName, change: Partial<Channel>): Spec {
  const before = isRecord(spec[name]) ? spec[name] : {};
  const channel: Channel = { ...channelOf(spec, name), ...change };
  const whole: Record<string, unknown> = { ...before, ...channel };
  for (const key of ["field", "aggregate", "timeUnit"]) if (whole[key] === "") delete whole[key];
  const { [name]: _, ...others } = spec;
  const keys = Object.keys(whole);
  if (keys.length === 0) return others;
  if (keys.length === 1 && keys[0] === "field") return { ...others, [name]: channel.field };
  return { ...others, [name]: whole };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
