// Who edited what between two versions, or since one: newest first, page by page.

import { useInfiniteQuery } from "@tanstack/react-query";

import { get } from "../net/api";
import { Avatar } from "../ui/Avatars";
import { Button } from "../ui/Button";
import { Spinner } from "../ui/Spinner";
import { Banner } from "../ui/State";
import type { EditList } from "../wire";
import type { Place } from "./difference";
import { dayAndClock, partWords } from "./versions";
import styles from "./VersionsPage.module.css";

export interface EditsProps {
  readonly project: string;
  /** null = from the start. */
  readonly from: number | null;
  readonly to: Place;
  readonly title: string;
  readonly nameOf: (cell: string) => string;
}

export function Edits({ project, from, to, title, nameOf }: EditsProps) {
  const query = useInfiniteQuery({
    queryKey: ["edits", project, from, to],
    queryFn: ({ pageParam, signal }) =>
      get<EditList>(`/projects/${project}/edits`, {
        query: {
          to: String(to),
          ...(from === null ? {} : { from: String(from) }),
          ...(pageParam ? { after: pageParam } : {}),
        },
        signal,
      }),
    initialPageParam: "",
    getNextPageParam: (last) => last.pagination.after,
  });
  const groups = query.data?.pages.flatMap(({ values }) => values) ?? [];
  return (
    <section className={styles.edits} aria-label={title}>
      <h3>{title}</h3>
      {query.isError && (
        <Banner tone="error" icon="error">
          The edits could not be shown. {query.error.message}
        </Banner>
      )}
      {query.isPending && (
        <p className={styles.note}>
          <Spinner /> Reading the edits
        </p>
      )}
      {query.isSuccess && groups.length === 0 && <p className={styles.note}>Nothing was edited.</p>}
      <ol>
        {groups.map((group) => (
          <li key={group.first} className={styles.edit}>
            <Avatar name={group.by.name || "?"} color={1} />
            <div>
              <p>
                <strong>{group.by.name || group.by.email || "Somebody"}</strong>{" "}
                <time dateTime={group.until} className={styles.note}>
                  {dayAndClock(group.until)}
                </time>
              </p>
              <p className={styles.says}>{group.parts.map((part) => partWords(part, nameOf)).join(", ")}</p>
            </div>
          </li>
        ))}
      </ol>
      {query.hasNextPage && (
        <Button small busy={query.isFetchingNextPage} onPress={() => void query.fetchNextPage()}>
          Earlier edits
        </Button>
      )}
    </section>
  );
}
