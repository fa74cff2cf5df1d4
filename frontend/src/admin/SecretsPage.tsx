// The workspace's secrets: what the code of every project may read.

import { Secrets } from "../secrets/Secrets";
import styles from "./admin.module.css";

export function SecretsPage() {
  return (
    <>
      <div className={styles.head}>
        <h1 className={styles.title}>Secrets</h1>
        <p className={styles.lead}>
          The code of every project may read these by name. A project&rsquo;s own secret of the same name
          comes before the workspace&rsquo;s.
        </p>
      </div>
      <div className={styles.column}>
        <div>
          <Secrets at="/secrets" scope="WORKSPACE" titled={false} />
        </div>
      </div>
    </>
  );
}
