import styles from "./Avatars.module.css";

export interface Face {
  readonly id: string;
  readonly name: string;
  /** 1…4: which of the people's colours. */
  readonly color: number;
}

/** One person: the first letter in their colour. */
export function Avatar({
  name,
  color,
  small = false,
}: {
  readonly name: string;
  readonly color: number;
  readonly small?: boolean;
}) {
  return (
    <span
      className={`${styles.avatar} ${styles[`who${1 + ((color + 3) % 4)}`]} ${small ? styles.small : ""}`}
      aria-hidden="true"
    >
      {(name.trim()[0] ?? "?").toUpperCase()}
    </span>
  );
}

/** Who is here now. */
export function AvatarStack({
  people,
  most = 4,
}: {
  readonly people: readonly Face[];
  readonly most?: number;
}) {
  if (people.length === 0) return null;
  const more = people.length - most;
  return (
    <ul className={styles.stack} aria-label="Here now">
      {people.slice(0, most).map((person) => (
        <li key={person.id} title={person.name}>
          <Avatar name={person.name} color={person.color} />
          <span className={styles.name}>{person.name}</span>
        </li>
      ))}
      {more > 0 && <li className={styles.more}>+{more}</li>}
    </ul>
  );
}
