// A list of the server's that comes in pages.

import { useInfiniteQuery, type InfiniteData, type UseInfiniteQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { get, type RequestOptions } from "../net/api";
import { Button } from "../ui/Button";
import { Spinner } from "../ui/Spinner";
import { Banner } from "../ui/State";
import type { Pagination } from "../wire";
import styles from "./admin.module.css";

interface Page<Item> {
  readonly values: readonly Item[];
  readonly pagination: Pagination;
}

export type Listed<Item> = UseInfiniteQueryResult<InfiniteData<Page<Item>>>;

/** The list at an address, as far as it was asked for. */
export function useListed<Item>(
  key: readonly unknown[],
  path: string,
  query: RequestOptions["query"] = {},
): Listed<Item> {
  return useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) =>
      get<Page<Item>>(path, { query: { limit: 50, ...query, ...(pageParam ? { after: pageParam } : {}) } }),
    initialPageParam: "",
    getNextPageParam: (last) => last.pagination.after ?? undefined,
  });
}

/** Its items, what is said while there are none, and the way to more. */
export function Items<Item>({
  list,
  label,
  none,
  children,
}: {
  readonly list: Listed<Item>;
  readonly label: string;
  /** What is said where there is nothing. */
  readonly none: string;
  readonly children: (item: Item) => ReactNode;
}) {
  if (list.isError) {
    return (
      <Banner
        tone="error"
        icon="error"
        action={
          <Button small onPress={() => void list.refetch()}>
            Try again
          </Button>
        }
      >
        {list.error.message}
      </Banner>
    );
  }
  if (!list.data) {
    return (
      <p className={styles.note}>
        <Spinner /> Reading the list
      </p>
    );
  }
  const items = list.data.pages.flatMap((page) => page.values);
  return (
    <>
      {items.length === 0 && <p className={styles.note}>{none}</p>}
      <ul className={styles.list} aria-label={label}>
        {items.map(children)}
      </ul>
      {list.hasNextPage && (
        <Button
          className={styles.more}
          busy={list.isFetchingNextPage}
          onPress={() => void list.fetchNextPage()}
        >
          Show more
        </Button>
      )}
    </>
  );
}
