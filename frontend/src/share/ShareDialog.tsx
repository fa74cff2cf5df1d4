// Who may see and do what: people, groups, everyone in the workspace, anyone with the link; who owns it, and who asks for
// access. Each change is saved at once, and shown once it is.

import { useState } from "react";

import { Button, IconButton } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Select, type Option } from "../ui/Field";
import { Icon, type IconName } from "../ui/Icon";
import { Menu, MenuItem } from "../ui/Menu";
import { Spinner } from "../ui/Spinner";
import { Avatar } from "../ui/Avatars";
import { Banner } from "../ui/State";
import { SuggestField } from "../ui/SuggestField";
import type { GrantBody } from "../wire";
import {
  accessOf,
  meant,
  options,
  PERSON_LEVELS,
  usePrincipals,
  useRequests,
  useSharing,
  type Access,
} from "./sharing";
import { RequestRow } from "./RequestRow";
import styles from "./ShareDialog.module.css";

type Level = Access | "NONE";

const WORKSPACE_LEVELS: readonly Option<Level>[] = [{ id: "NONE", name: "No access" }, ...PERSON_LEVELS];
/** The web never gets more than Can view. */
const WEB_LEVELS: readonly Option<Level>[] = [
  { id: "NONE", name: "No access" },
  ...options(["APP_ONLY", "CAN_VIEW"]),
];

export function ShareDialog({
  project,
  appUrl,
  published,
  onClose,
}: {
  readonly project: string;
  readonly appUrl: string;
  /** null = there is no app yet, so no link to it. */
  readonly published: number | null;
  readonly onClose: () => void;
}) {
  const sharing = useSharing(project);
  const asking = useRequests(project);
  const { grants, owner } = sharing;
  const [typed, setTyped] = useState("");
  const [who, setWho] = useState("");
  const [added, setAdded] = useState(0);
  const [level, setLevel] = useState<Access>("CAN_EDIT");
  const [copied, setCopied] = useState(false);
  const [heir, setHeir] = useState<GrantBody | null>(null);
  const lines = usePrincipals(typed);
  const people =
    grants?.filter((grant) => grant.principal.startsWith("user:") || grant.principal.startsWith("group:")) ??
    [];
  const set = (principal: string, access: Level): void =>
    void sharing.change(principal, access === "NONE" ? null : access);
  const invited = meant(who, lines);
  const invite = async (): Promise<void> => {
    if (!invited || !(await sharing.change(invited, level))) return;
    setWho("");
    setTyped("");
    setAdded((count) => count + 1);
  };
  const error = sharing.error || asking.error;
  return (
    <Dialog
      title="Share"
      size="medium"
      isOpen
      onClose={onClose}
      footer={
        published === null ? (
          <span className={styles.note}>There is no app yet. Publish to have a link to share.</span>
        ) : (
          <>
            <span className={styles.note}>The link itself gives nobody access.</span>
            <Button
              icon={copied ? "check" : "link"}
              onPress={() => {
                navigator.clipboard.writeText(new URL(appUrl, location.href).href).then(
                  () => setCopied(true),
                  () => setCopied(false),
                );
              }}
            >
              {copied ? "Copied" : "Copy link"}
            </Button>
          </>
        )
      }
    >
      {error && (
        <div className={styles.error}>
          <Banner tone="error" icon="error">
            {error}
          </Banner>
        </div>
      )}
      {asking.requests && asking.requests.length > 0 && (
        <ul className={styles.requests} aria-label="Requests for access">
          {asking.requests.map((request) => (
            <RequestRow
              key={request.id}
              request={request}
              onDecide={async (access) => {
                if (await asking.decide(request, access)) sharing.reload();
              }}
            />
          ))}
        </ul>
      )}
      <form
        className={styles.invite}
        onSubmit={(event) => {
          event.preventDefault();
          void invite();
        }}
      >
        <SuggestField
          key={added}
          label="Person or group"
          placeholder="Name or e-mail"
          value={who}
          suggestions={[...lines.keys()]}
          onType={(text) => {
            setTyped(text);
            setWho(text);
          }}
          onCommit={(text) => {
            setWho(text);
            return "";
          }}
        />
        <Select
          label="Access"
          options={PERSON_LEVELS}
          selected={level}
          onSelect={setLevel}
          className={styles.level}
        />
        <Button
          type="submit"
          variant="primary"
          busy={sharing.busy !== "" && sharing.busy === invited}
          isDisabled={!invited || !grants}
        >
          Add
        </Button>
      </form>
      {heir && (
        <div className={styles.error}>
          <Banner
            tone="warn"
            icon="warn"
            action={
              <>
                <Button small variant="quiet" onPress={() => setHeir(null)}>
                  Keep it
                </Button>
                <Button
                  small
                  onPress={() => {
                    setHeir(null);
                    void sharing.handOver(heir.principal);
                  }}
                >
                  Hand over
                </Button>
              </>
            }
          >
            {readable(heir).name} becomes the owner and can take your access away. You keep full access until
            then.
          </Banner>
        </div>
      )}
      {grants ? (
        <ul className={styles.list}>
          {people.map((grant, index) => (
            <Row
              key={grant.principal}
              {...readable(grant)}
              face={index + 1}
              kind={grant.principal.startsWith("group:") ? "group" : "person"}
              owner={grant.principal === owner}
              busy={sharing.busy === grant.principal}
              levels={PERSON_LEVELS}
              level={grant.access}
              onSelect={(next) => set(grant.principal, next)}
              onRemove={() => set(grant.principal, "NONE")}
              onHandOver={
                asking.requests && grant.principal.startsWith("user:") ? () => setHeir(grant) : undefined
              }
            />
          ))}
          <Row
            name="Everyone in the workspace"
            icon="people"
            levels={WORKSPACE_LEVELS}
            level={accessOf(grants, "workspace") ?? "NONE"}
            busy={sharing.busy === "workspace"}
            onSelect={(next) => set("workspace", next)}
          />
          <Row
            name="Anyone with the link"
            about="Without signing in"
            icon="link"
            levels={WEB_LEVELS}
            level={accessOf(grants, "web") ?? "NONE"}
            busy={sharing.busy === "web"}
            onSelect={(next) => set("web", next)}
          />
        </ul>
      ) : (
        !error && (
          <p className={styles.note}>
            <Spinner /> Looking up who has access
          </p>
        )
      )}
    </Dialog>
  );
}

function Row({
  name,
  about = "",
  face = 1,
  icon,
  kind = "person",
  owner = false,
  busy,
  levels,
  level,
  onSelect,
  onRemove,
  onHandOver,
}: {
  readonly name: string;
  readonly about?: string;
  readonly face?: number;
  readonly icon?: IconName;
  readonly kind?: "person" | "group";
  readonly owner?: boolean;
  readonly busy: boolean;
  readonly levels: readonly Option<Level>[];
  readonly level: Level;
  readonly onSelect: (level: Level) => void;
  readonly onRemove?: () => void;
  readonly onHandOver?: (() => void) | undefined;
}) {
  const sign = icon ?? (kind === "group" ? "people" : undefined);
  return (
    <li className={styles.row} aria-busy={busy}>
      {sign ? (
        <span className={styles.icon}>
          <Icon name={sign} />
        </span>
      ) : (
        <Avatar name={name} color={face} />
      )}
      <span className={styles.who}>
        <span className={styles.name}>{name}</span>
        {(about || kind === "group") && <span className={styles.about}>{about || "Group"}</span>}
      </span>
      {busy && <Spinner />}
      {owner ? (
        <span className={styles.owner}>Owner</span>
      ) : (
        <Select
          label={`Access of ${name}`}
          hideLabel
          small
          options={levels}
          selected={level}
          isDisabled={busy}
          onSelect={onSelect}
          className={styles.level}
        />
      )}
      {onRemove && !owner ? (
        <Menu label={`Acts for ${name}`} button={<IconButton label={`More for ${name}`} icon="dots" small />}>
          {onHandOver && (
            <MenuItem icon="right" hint="They own the project then" onAction={onHandOver}>
              Make owner
            </MenuItem>
          )}
          <MenuItem icon="close" danger onAction={onRemove}>
            Take access away
          </MenuItem>
        </Menu>
      ) : (
        <span className={styles.gap} />
      )}
    </li>
  );
}

/** A grant as people read it: the name, and the e-mail where one is known. */
function readable({ name, principal }: GrantBody): { readonly name: string; readonly about: string } {
  const plain = principal.replace(/^\w+:/, "");
  const [, called, email] = /^(.*\S) \((\S+@\S+|workspace token)\)$/.exec(name) ?? [];
  if (called && email) return { name: called, about: email };
  return { name: name || plain, about: "" };
}
