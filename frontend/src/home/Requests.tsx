import { RequestRow } from "../share/RequestRow";
import { useRequests } from "../share/sharing";
import { Banner } from "../ui/State";
import styles from "./HomePage.module.css";

/** Who asks for access to the projects that one has Full access to. */
export function Requests() {
  const { requests, error, decide } = useRequests("");
  if (!requests || (requests.length === 0 && !error)) return null;
  return (
    <section className={styles.requests} aria-label="Requests for access">
      {error && (
        <Banner tone="error" icon="error">
          {error}
        </Banner>
      )}
      <ul>
        {requests.map((request) => (
          <RequestRow
            key={request.id}
            request={request}
            about={`asks for access to ${request.projectTitle}`}
            onDecide={async (access) => void (await decide(request, access))}
          />
        ))}
      </ul>
    </section>
  );
}
