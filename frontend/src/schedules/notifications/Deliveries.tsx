// What became of a run's notifications, recipient by recipient.

import { Ago } from "../../ui/Ago";
import { StateMark } from "../../ui/State";
import type { DeliveryBody } from "../../wire";
import styles from "./NotificationFields.module.css";
import { deliveryMark } from "./notifications";

export function Deliveries({ deliveries }: { readonly deliveries: readonly DeliveryBody[] }) {
  if (deliveries.length === 0) return null;
  return (
    <section aria-label="Notifications">
      <h3 className={styles.title}>Notifications</h3>
      <ul className={styles.deliveries}>
        {deliveries.map((one, at) => {
          const mark = deliveryMark(one);
          return (
            // The order of a run's letters never changes.
            // eslint-disable-next-line react/no-array-index-key
            <li key={at} data-delivery={one.status ?? "NONE"}>
              <StateMark tone={mark.tone} shape={mark.shape}>
                {mark.words}
              </StateMark>
              <span>
                {one.recipient.name}
                {one.sentAt && (
                  <>
                    {" · "}
                    <Ago at={one.sentAt} />
                  </>
                )}
                {[one.error, ...one.leftOut].filter(Boolean).map((sentence) => (
                  <span key={sentence} className={styles.why}>
                    {sentence}
                  </span>
                ))}
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
