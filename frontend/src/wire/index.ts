// Written by scripts/codegen.py from src/vernissage/wire. Change it there, then run `make codegen`.

/** Somebody asks for access. */
export interface AccessRequestBody {
  readonly id: string;
  readonly project: string;
  readonly projectTitle: string;
  readonly person: PersonBody;
  /** Theirs in the workspace: a viewer gets App only, whatever is given. */
  readonly role: "admin" | "editor" | "viewer";
  readonly at: string;
}

export interface AccessRequestList {
  readonly values: readonly AccessRequestBody[];
  readonly pagination: Pagination;
}

export interface AddressBody {
  readonly address: string;
}

export interface AddressList {
  readonly values: readonly AddressBody[];
}

export interface Answer {
  readonly type: "answer";
  readonly id: number;
  readonly answer: CompletionAnswer | InspectionAnswer | VariablesAnswer | TableAnswer;
}

export type AnyOutput = StreamOutput | DisplayOutput | ErrorOutput;

/** Of `app.html`: the published app, its results already in it. */
export interface AppBoot {
  readonly person: Person | null;
  readonly workspace: string;
  readonly project: string;
  readonly csrf: string;
  /**
   * What to paint at once. `snapshot.session` is "" for a plain visit, which gets its session over the socket; it is
   * set where the address carried input values.
   */
  readonly snapshot: Snapshot;
  /**
   * Names of all query parameters that mean an input; those that the address has are taken out of it once the page
   * has loaded.
   */
  readonly parameters: readonly string[];
  readonly notices: readonly Notice[];
  readonly can_edit: boolean;
  /** Set on the page of a past run, which shows and changes nothing. */
  readonly past: PastRun | null;
  /** True: a picture of the page is taken; it asks the server for nothing more. */
  readonly still: boolean;
  /** None = the page is no embed. */
  readonly embed: EmbedBoot | null;
  /** Offered quietly on a plain visit; None where there is none. */
  readonly earlier: EarlierSession | null;
}

/** A cell as the app's page knows it: nothing that an App-only viewer may not see. */
export interface AppCell {
  readonly id: string;
  readonly type: "chart" | "input" | "markdown" | "python" | "sql" | "table" | "value";
  readonly label: string;
  /** Of an input cell, without `options_from`. */
  readonly input: Input | null;
  /** Of a value cell. */
  readonly format: string;
  /** Only where the layout shows it and the viewer has Can view. */
  readonly source: string;
}

/** A session of the published app, or of one version. */
export interface AppRoom {
  readonly room: "app";
  readonly project: string;
  /** None = the published one. */
  readonly version: number | null;
}

/** The app's page: the layout with the cells that stand in it. */
export interface AppView {
  readonly title: string;
  readonly description: string;
  readonly layout: Layout;
  /** In notebook order; only those in the layout. */
  readonly cells: readonly AppCell[];
  readonly settings: Settings;
  /** True: every visit runs as its viewer, and what a live session shows is what its starter may see. */
  readonly personal: boolean;
}

export interface Ask {
  readonly type: "ask";
  /** Shares the tab's counting with `Do.id`. */
  readonly id: number;
  readonly question: CompletionQuestion | InspectionQuestion | VariablesQuestion | TableQuestion;
}

export interface AskForAccess {
  /** As it stands in the address: a UUID, a readable slug before it allowed. */
  readonly project: string;
}

/** Something that was done, as it was recorded. */
export interface AuditBody {
  /** Its place in the log. */
  readonly id: string;
  readonly at: string;
  /** The id of whoever did it; "" = somebody unknown, or the command line. */
  readonly user: string;
  readonly person: PersonBody;
  readonly action: "accept_request" | "add_group" | "add_member" | "add_schedule" | "add_user" | "allow_address" | "change_schedule" | "create_embed" | "create_token" | "decline_request" | "disable_user" | "enable_user" | "end_sessions" | "forbid_address" | "name_version" | "publish" | "remove_group" | "remove_member" | "remove_schedule" | "remove_secret" | "rename_group" | "republish" | "request_access" | "restore" | "restore_results" | "revert" | "revoke_token" | "save_version" | "set_embed_origins" | "set_password" | "set_role" | "set_secret" | "share" | "sign_in" | "sign_in_link" | "sign_in_refused" | "sign_out" | "take_access" | "transfer" | "trash" | "unpublish";
  /** Its id; null = it concerns none. */
  readonly project: string | null;
  readonly detail: Readonly<Record<string, unknown>>;
  /** Where it came from: an address, or "command line". */
  readonly origin: string;
  /** Ids that stand in `project` and `detail` → title, e-mail or name, for people to read. */
  readonly names: Readonly<Record<string, string>>;
}

export interface AuditList {
  readonly values: readonly AuditBody[];
  readonly pagination: Pagination;
}

/** Data of a bundle that are kept apart, under an address that cannot be guessed. */
export interface BlobRef {
  /** Path on this server, such as `/o/…`. */
  readonly url: string;
  /** SHA-256 of the content, hex. */
  readonly hash: string;
  /** Bytes. */
  readonly size: number;
}

export interface ButtonInput {
  readonly kind: "button";
  /** The variable: a Python identifier, unique in the document. */
  readonly name: string;
  /** The default as a plain JSON value in the project file's form; `core.inputs` reads it. */
  readonly default: unknown;
  /** True: links, embeds and API runs may set it though no tab shows it. */
  readonly settable: boolean;
  /** False: a current-inputs link never carries it. */
  readonly in_links: boolean;
  readonly text: string;
  readonly color: "accent" | "neutral";
}

export interface ButtonPressed {
  readonly event: "button_pressed";
  readonly name: string;
  /** True: the press waits for its run; False: its run has ended. */
  readonly waiting: boolean;
}

export type Cell = PythonCell | SqlCell | MarkdownCell | InputCell | ChartCell | TableCell | ValueCell;

/** A cell's state; its outputs stay unless `clear`. */
export interface CellChanged {
  readonly event: "cell_changed";
  readonly cell: string;
  readonly state: "done" | "empty" | "error" | "queued" | "running" | "skipped" | "stale";
  readonly elapsed: number | null;
  readonly at: string;
  readonly waits_for: string;
  /** True: its outputs are gone. */
  readonly clear: boolean;
}

export interface CellConfigured {
  readonly event: "cell_configured";
  readonly cell: Cell;
}

export interface CellDeleted {
  readonly event: "cell_deleted";
  readonly cell: string;
  /** The layout without the cell. */
  readonly app: Layout | null;
}

/** A cell that came, went, changed or moved. */
export interface CellDifference {
  readonly id: string;
  /** The later name; of a removed cell the earlier one. */
  readonly name: string;
  /** The later type; of a removed cell the earlier one. */
  readonly type: "chart" | "input" | "markdown" | "python" | "sql" | "table" | "value";
  readonly kind: "added" | "changed" | "moved" | "removed";
  /** True: it stands elsewhere among the cells that both documents have. */
  readonly moved: boolean;
  /** Its place in the earlier notebook, from 1; None = it was not there. */
  readonly before_place: number | null;
  readonly after_place: number | null;
  /** Its source or expression, where that differs (of an added or removed cell: all of it). */
  readonly text: TextDifference | null;
  /** What else of it differs; of an added or removed cell all that is set. */
  readonly fields: readonly FieldDifference[];
}

export interface CellInserted {
  readonly event: "cell_inserted";
  readonly cell: Cell;
  readonly after: string;
  readonly text_version: number;
  /** The layout now (a restored cell returns to its place in it). */
  readonly app: Layout | null;
}

export interface CellMoved {
  readonly event: "cell_moved";
  readonly cell: string;
  readonly after: string;
}

export interface CellResult {
  readonly id: string;
  readonly name: string;
  readonly state: "done" | "empty" | "error" | "queued" | "running" | "skipped" | "stale";
  readonly outputs: readonly AnyOutput[];
  /** Such as "KeyError: 'mass'"; null = it did not fail. */
  readonly error: string | null;
  /** Seconds that it took; null = it has not ended. */
  readonly elapsed: number | null;
}

/** One cell's last execution, and how up to date it is. */
export interface CellRun {
  readonly state: "done" | "empty" | "error" | "queued" | "running" | "skipped" | "stale";
  readonly outputs: readonly AnyOutput[];
  /** Seconds that the last execution took; None = none has ended. */
  readonly elapsed: number | null;
  /** When the last execution ended (or began, while it runs), ISO 8601 UTC; "" = never. */
  readonly at: string;
  /** skipped: the id of the failed cell; "" = none, or not for this viewer. */
  readonly waits_for: string;
}

/** All cells at once (new published results, a session restored). */
export interface CellsReplaced {
  readonly event: "cells_replaced";
  readonly cells: Readonly<Record<string, CellRun>>;
}

export interface ChartCell {
  readonly type: "chart";
  /** [a-z0-9_-]{1,64}, unique in the document, for life. */
  readonly id: string;
  /** The readable name; "" = named by its kind and place. */
  readonly label: string;
  readonly dataframe: string;
  /**
   * `mark` (bar line area scatter point histogram pie), `x`, `y`, `color`, `facet`: a column's name, or
   * `{field, aggregate, timeUnit, title, format, bin, sort}`; `title`.
   */
  readonly spec: Readonly<Record<string, unknown>>;
}

export interface CheckboxInput {
  readonly kind: "checkbox";
  /** The variable: a Python identifier, unique in the document. */
  readonly name: string;
  /** The default as a plain JSON value in the project file's form; `core.inputs` reads it. */
  readonly default: unknown;
  /** True: links, embeds and API runs may set it though no tab shows it. */
  readonly settable: boolean;
  /** False: a current-inputs link never carries it. */
  readonly in_links: boolean;
  readonly style: "box" | "toggle";
}

export interface ClearOutputs {
  readonly do: "clear_outputs";
  /** () = of all cells. */
  readonly cells: readonly string[];
}

export type ClientMessage = Hello | Do | Ask | SetPresence | Ping;

export interface Column {
  readonly start: number;
  readonly end: number;
  readonly elements: readonly Element[];
}

export interface CompletionAnswer {
  readonly ask: "completion";
  readonly matches: readonly string[];
  readonly kinds: readonly string[];
  readonly start: number;
  readonly end: number;
}

export interface CompletionQuestion {
  readonly ask: "completion";
  readonly code: string;
  /** Unicode code points. */
  readonly cursor: number;
}

/** A number at the end of a run that calls for a letter. */
export interface ConditionBody {
  /** The id of a cell. */
  readonly cell: string;
  readonly measure: "rows" | "value";
  readonly operator: "!=" | "<" | "<=" | "=" | ">" | ">=";
  readonly bound: number;
}

/** Everything of a cell but its place and its source. The kind may change between Python, SQL and Markdown. */
export interface ConfigureCell {
  readonly do: "configure_cell";
  readonly cell: Cell;
}

export interface Credentials {
  readonly email: string;
  readonly password: string;
}

/** Where a member's caret is in the logic view. */
export interface Cursor {
  readonly cell: string;
  /** UTF-16 code units into the cell's source; None = the cell is selected, not its text. */
  readonly anchor: number | null;
  readonly head: number | null;
}

export interface DateInput {
  readonly kind: "date";
  /** The variable: a Python identifier, unique in the document. */
  readonly name: string;
  /** The default as a plain JSON value in the project file's form; `core.inputs` reads it. */
  readonly default: unknown;
  /** True: links, embeds and API runs may set it though no tab shows it. */
  readonly settable: boolean;
  /** False: a current-inputs link never carries it. */
  readonly in_links: boolean;
  readonly time: boolean;
  /** IANA name; "" = no zone of its own, which means UTC. */
  readonly timezone: string;
  readonly relative: boolean;
  /** True: gives `{name}_start` and `{name}_end`; the default is a list of two. */
  readonly range: boolean;
  readonly optional: boolean;
}

export interface Decision {
  /** What they get; null = nothing, the request is declined. */
  readonly access: "APP_ONLY" | "CAN_EDIT" | "CAN_VIEW" | "FULL_ACCESS" | null;
}

export interface DeleteCell {
  readonly do: "delete_cell";
  readonly cell: string;
}

/** A notification of a run for one recipient, and what became of it. */
export interface DeliveryBody {
  readonly type: "ALL" | "CONDITION" | "FAILURE" | "SUCCESS";
  readonly recipientType: "EMAIL" | "GROUP" | "USER" | "WEBHOOK";
  readonly recipient: RecipientBody;
  readonly includeSuccessScreenshot: boolean;
  readonly subject: string | null;
  readonly body: string | null;
  /** null: the run has not called for it (yet). */
  readonly status: "FAILED" | "PENDING" | "SENT" | "WITHHELD" | null;
  readonly cause: "CONDITION" | "FAILURE" | "SUCCESS" | "TEST" | null;
  readonly sentAt: string | null;
  /** Why it was not sent, or not yet. */
  readonly error: string | null;
  /** What did not come along. */
  readonly leftOut: readonly string[];
}

export interface DeliveryList {
  readonly deliveries: readonly DeliveryBody[];
}

/** Everything that differs. Empty lists: that part is the same. */
export interface Difference {
  /** All but inputs, in the order of the later notebook; removed ones follow the cell that they followed. */
  readonly cells: readonly CellDifference[];
  /** The same of input cells. */
  readonly inputs: readonly CellDifference[];
  readonly layout: readonly LayoutDifference[];
  /** Title, description, time zone, how the app behaves. */
  readonly settings: readonly FieldDifference[];
  readonly packages: readonly PackageDifference[];
  readonly files: readonly FileDifference[];
  /** Cells other than inputs that are the same and in the same order. */
  readonly unchanged_cells: number;
  readonly unchanged_inputs: number;
  /** How many changes are listed. */
  readonly total: number;
}

export interface DifferenceBody {
  readonly from: DifferenceSide;
  readonly to: DifferenceSide;
  readonly difference: Difference;
  /** Cell id → how its outputs compare; null = not both have run. */
  readonly outputs: Readonly<Record<string, OutputDifference>> | null;
}

/** One of two that were compared. */
export interface DifferenceSide {
  /** nothing: what is published was asked for, and nothing is. */
  readonly kind: "candidate" | "draft" | "nothing" | "version";
  /** Its number; null = it is no version. */
  readonly version: number | null;
  /** Of its content; "" = nothing. */
  readonly hash: string;
  /**
   * The run whose outputs are compared: of what is published its published results, else the one that it was
   * published from; null = there is none, or it is the logic view's.
   */
  readonly runId: string | null;
}

export interface DisplayOutput {
  readonly output: "display";
  /** MIME type → text, JSON value, or base64 text of binary types. */
  readonly data: Readonly<Record<string, unknown>>;
  /** MIME type → where its data are, for those that do not stand in `data`. */
  readonly blobs: Readonly<Record<string, BlobRef>>;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly display_id: string;
  /** True: the value of the cell's last expression. */
  readonly result: boolean;
}

export interface Do {
  readonly type: "do";
  /** Of the tab's own counting; its Done or Refusal carries it. Sent again after a reconnect, it is applied once. */
  readonly id: number;
  readonly operation: DraftOperation | SessionOperation | GoLive | EndLive | RefreshForAll;
}

export interface Document {
  readonly title: string;
  readonly description: string;
  readonly timezone: string;
  readonly settings: Settings;
  /** In notebook order, which is the order of every full run. */
  readonly cells: readonly Cell[];
  /** None: one tab, one column, notebook order, source hidden. */
  readonly app: Layout | null;
  readonly packages: readonly string[];
  readonly files: readonly FileRef[];
}

export interface DocumentReplaced {
  readonly event: "document_replaced";
  readonly document: Document;
  readonly texts: Readonly<Record<string, number>>;
}

export interface Done {
  readonly type: "done";
  readonly id: number;
}

export type DraftEvent =
  | CellInserted
  | CellDeleted
  | CellMoved
  | TextEdited
  | CellConfigured
  | LayoutChanged
  | SettingsChanged
  | TitleChanged
  | FilesChanged
  | DocumentReplaced;

export type DraftOperation =
  | InsertCell
  | DeleteCell
  | RestoreCell
  | MoveCell
  | EditText
  | ConfigureCell
  | SetLayout
  | SetSettings
  | SetTitle
  | SetFiles
  | ReplaceDocument;

export interface DropdownInput {
  readonly kind: "dropdown";
  /** The variable: a Python identifier, unique in the document. */
  readonly name: string;
  /** The default as a plain JSON value in the project file's form; `core.inputs` reads it. */
  readonly default: unknown;
  /** True: links, embeds and API runs may set it though no tab shows it. */
  readonly settable: boolean;
  /** False: a current-inputs link never carries it. */
  readonly in_links: boolean;
  /** Static options. Ignored when `options_from` is given. */
  readonly options: readonly (string | number | boolean | null)[];
  /** A Python expression whose value (column, list, array, Series) gives the options; "" = static. */
  readonly options_from: string;
  readonly optional: boolean;
}

/** A session that the same person left less than half an hour ago. */
export interface EarlierSession {
  readonly session: string;
  /** Such as "Species: Gentoo": inputs that differ from the defaults; "" = none does. */
  readonly summary: string;
  /** When they left it, ISO 8601 UTC. */
  readonly at: string;
}

/** What one person edited in one go. */
export interface EditGroupBody {
  readonly by: PersonBody;
  readonly since: string;
  readonly until: string;
  /** The number of the first of these edits; they are counted from 1 for each project. */
  readonly first: number;
  readonly last: number;
  readonly parts: readonly EditedPart[];
}

/** Newest first; `pagination.after` leads to older ones. */
export interface EditList {
  readonly values: readonly EditGroupBody[];
  readonly pagination: Pagination;
}

export interface EditText {
  readonly do: "edit_text";
  readonly cell: string;
  /** Change sets of this text that the editor had seen. */
  readonly version: number;
  readonly updates: readonly TextUpdate[];
}

/** What was changed, once however often. */
export interface EditedPart {
  readonly kind: "added" | "configured" | "deleted" | "edited" | "files" | "layout" | "moved" | "replaced" | "settings" | "title";
  /** Its id; "" = it is about the whole. */
  readonly cell: string;
  /** How many edits did it. */
  readonly edits: number;
}

/** Of `editor.html`: home, logic view, sign-in, and the page for what is not there or not shared. */
export interface EditorBoot {
  /** None = signed out: show the sign-in page. */
  readonly person: Person | null;
  /** Its id, `main`. */
  readonly workspace: string;
  readonly workspace_name: string;
  /** Sent back as header `X-CSRF-Token` with every POST, PUT, PATCH, DELETE. */
  readonly csrf: string;
  readonly sign_in: SignIn;
  /** True: this address leads nowhere for this person; one page for *does not exist* and *not shared*. */
  readonly missing: boolean;
  /** True: this is the address of an app that this person may see, and that is not published now. */
  readonly unpublished: boolean;
}

export interface Element {
  readonly cell: string;
  /** CSS pixels; None = as high as the content. */
  readonly height: number | null;
  readonly show_source: boolean;
  /** True: text that the cell prints is shown in the app. */
  readonly show_prints: boolean;
}

/** What a framed page needs beside the app. */
export interface EmbedBoot {
  /** Goes with each of its requests (`Authorization: Bearer …`) and into its socket's Hello; kept in memory only. */
  readonly key: string;
  /** Whose pages it speaks with. */
  readonly origins: readonly string[];
  /** Inputs that whoever made the embed has set for good. */
  readonly locked: readonly string[];
}

/** Of `app.html` in a frame, where nobody is known yet: it offers to sign in, in a window of its own. */
export interface EmbedDoor {
  /** The address of that window; it hands a `Handover` back to the frame. */
  readonly door: string;
  readonly origins: readonly string[];
  /** Why one stands before it, where there is more to say. */
  readonly sentence: string;
}

export interface EmbeddingBody {
  /** Origins whose pages may show this workspace's apps, such as `https://intranet.example.com`. */
  readonly origins: readonly string[];
}

/** End a live session for all: whoever started it, and editors. Each keeps a page with the inputs as they were. */
export interface EndLive {
  readonly do: "end_live";
}

/** The last message before the server closes the socket. */
export interface Ended {
  readonly type: "ended";
  /**
   * slow, server_stops: come back at once or soon. session_ended: keep what is on the page; a new Hello starts
   * anew.
   */
  readonly reason: "no_access" | "protocol" | "server_stops" | "session_ended" | "signed_out" | "slow";
  readonly sentence: string;
}

export interface ErrorBody {
  readonly error: ErrorDetail;
  /** The message once more, where Hex's clients look for it. */
  readonly reason: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly traceId: string;
}

export interface ErrorDetail {
  /** Such as NOTHING_TO_PUBLISH; stable, for programs. */
  readonly code: string;
  /** What happened and to which thing. */
  readonly message: string;
  /** What to do; "" = nothing is known to help. */
  readonly hint: string;
  readonly field: string | null;
}

export interface ErrorOutput {
  readonly output: "error";
  /** The exception's class, such as "KeyError"; "" for a viewer who may not know it. */
  readonly ename: string;
  /** What the exception says; for a viewer with App only a plain sentence. */
  readonly evalue: string;
  /** Lines with ANSI colours; empty for a viewer with App only. */
  readonly traceback: readonly string[];
  /** The line of the cell's source at fault, from 1; 0 = not known. */
  readonly line: number;
  /** What `vernissage.AppError` was given, which everybody may read; "" = another error. */
  readonly app_text: string;
}

export interface Events {
  readonly type: "events";
  /** The number of the last event up to here, seen or not. */
  readonly seq: number;
  readonly events: readonly RoomEvent[];
}

/** One setting that is another now. */
export interface FieldDifference {
  /** As in the project file: "default", "spec.x", "on_open". */
  readonly name: string;
  /** What people call it: "Default", "X axis". */
  readonly words: string;
  /** The earlier value as people read it; None = there was none. */
  readonly before: string | null;
  readonly after: string | null;
  /** Of a list, such as options: members that came. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Of a value with several lines: both side by side. */
  readonly text: TextDifference | null;
}

/** An uploaded file, as `SetInputs` takes it. */
export interface FileBody {
  readonly name: string;
  readonly hash: string;
  readonly size: number;
}

/** A file of the project. */
export interface FileDifference {
  readonly name: string;
  readonly kind: "added" | "changed" | "moved" | "removed";
  readonly before: FileRef | null;
  readonly after: FileRef | null;
}

export interface FileInput {
  readonly kind: "file";
  /** The variable: a Python identifier, unique in the document. */
  readonly name: string;
  /** The default as a plain JSON value in the project file's form; `core.inputs` reads it. */
  readonly default: unknown;
  /** True: links, embeds and API runs may set it though no tab shows it. */
  readonly settable: boolean;
  /** False: a current-inputs link never carries it. */
  readonly in_links: boolean;
  /** File endings such as ".csv"; empty = any. */
  readonly accept: readonly string[];
  readonly max_bytes: number;
}

/** A file that travels with the project. Versions hold it by content hash. */
export interface FileRef {
  /** A plain file name: no separators, no leading dot. */
  readonly name: string;
  /** SHA-256 of the content, hex; "" only while a project file is being read. */
  readonly hash: string;
  /** Bytes. */
  readonly size: number;
}

export interface FilesChanged {
  readonly event: "files_changed";
  readonly files: readonly FileRef[];
}

/**
 * A private app session becomes live in place: whoever has the link and may see the app joins it. Signed-in people
 * only.
 */
export interface GoLive {
  readonly do: "go_live";
}

export interface GrantBody {
  /** `user:{id or e-mail}`, `group:{id}`, `workspace` or `web`. */
  readonly principal: string;
  readonly access: "APP_ONLY" | "CAN_EDIT" | "CAN_VIEW" | "FULL_ACCESS";
  /** For people to read. */
  readonly name: string;
}

export interface GroupBody {
  readonly id: string;
  readonly name: string;
  /** How many. */
  readonly members: number;
}

export interface GroupList {
  readonly values: readonly GroupBody[];
  readonly pagination: Pagination;
}

export interface GroupName {
  readonly name: string;
}

/** Of `app.html` in the window where somebody signed in for a frame. */
export interface Handover {
  /** A pass: the frame loads its own address again with it. */
  readonly handover: string;
}

/** The first message of every connection; nothing else is taken before. */
export interface Hello {
  readonly type: "hello";
  readonly room: LogicRoom | AppRoom | PreviewRoom | RunRoom;
  /** The session to go on with, as a Snapshot named it; "" = a new one (or the room's only one). */
  readonly session: string;
  /** The last `seq` that arrived; 0 = none, send a snapshot. */
  readonly seen: number;
  /** The browser tab's own random id; stays the same over reconnects. */
  readonly client: string;
  /** Of an embed (`EmbedBoot.key`): who looks; "" = as the cookie says. */
  readonly key: string;
}

/** One line of a comparison, side by side. */
export interface Hunk {
  readonly kind: "added" | "changed" | "removed" | "same";
  /** The number of the line in the earlier text, from 1; None = it stands in the later one only. */
  readonly before_line: number | null;
  /** The same in the later text. */
  readonly after_line: number | null;
  /** The line without its end; "" where it is not there. */
  readonly before: string;
  readonly after: string;
  /**
   * changed: the parts of `before` that are not in `after`, start and end in UTF-16 code units. Empty
   * = it only lacks something, or (both empty) the line was not compared word by word.
   */
  readonly before_ranges: readonly (readonly [number, number])[];
  readonly after_ranges: readonly (readonly [number, number])[];
}

export type Input =
  | TextInput
  | NumberInput
  | SliderInput
  | CheckboxInput
  | ButtonInput
  | DropdownInput
  | MultiselectInput
  | DateInput
  | FileInput
  | TableInput;

export interface InputBody {
  readonly name: string;
  readonly kind: string;
  readonly label: string;
  readonly default: unknown;
  readonly inApp: boolean;
}

export interface InputCell {
  readonly type: "input";
  /** [a-z0-9_-]{1,64}, unique in the document, for life. */
  readonly id: string;
  /** The readable name; "" = named by its kind and place. */
  readonly label: string;
  readonly input: Input;
}

export interface InputsChanged {
  readonly event: "inputs_changed";
  /** Input name → value as JSON safe for JavaScript (`core.inputs.to_wire`). */
  readonly values: Readonly<Record<string, unknown>>;
  /** The member's name; "" = the server (a default, a link). */
  readonly by: string;
}

export interface InsertCell {
  readonly do: "insert_cell";
  /** With an id of the client's own making, new in this draft. */
  readonly cell: Cell;
  /** The cell that it goes behind; "" = to the top. */
  readonly after: string;
}

export interface InspectionAnswer {
  readonly ask: "inspection";
  /** "" = nothing is known. */
  readonly text: string;
}

export interface InspectionQuestion {
  readonly ask: "inspection";
  readonly code: string;
  readonly cursor: number;
}

/** End the run: interrupt the running cell, forget the queued ones. */
export interface Interrupt {
  readonly do: "interrupt";
}

export interface KernelChanged {
  readonly event: "kernel_changed";
  readonly kernel: KernelStatus;
}

export interface KernelStatus {
  /**
   * none: not started, or stopped on purpose. queued: the machine is full; it starts when others end. dead: ended by
   * itself or by a limit; `sentence` says how.
   */
  readonly state: "busy" | "dead" | "idle" | "none" | "queued" | "starting";
  readonly sentence: string;
  /** Such as "3.11.7"; "" until it is ready. */
  readonly python: string;
  /** ISO 8601 UTC; "" = not started. */
  readonly started_at: string;
  /** queued: how many kernels start before this one, this one counted; 0 otherwise. */
  readonly position: number;
}

export interface Layout {
  readonly tabs: readonly Tab[];
  readonly full_width: boolean;
}

export interface LayoutChanged {
  readonly event: "layout_changed";
  readonly app: Layout | null;
}

/** One change of the app's page. */
export interface LayoutDifference {
  /**
   * placed, taken_away, moved: a cell came onto the page, left it, stands elsewhere. resized: another width or
   * height. shown: its source or printed text is shown or hidden. rearranged: rows or columns are grouped otherwise.
   * width: the page is as wide as the window, or no longer. own: the author's own layout began or ended, with the same
   * look.
   */
  readonly kind: "moved" | "own" | "placed" | "rearranged" | "resized" | "shown" | "tab_added" | "tab_moved" | "tab_removed" | "tab_renamed" | "taken_away" | "width";
  /** The later name of the tab that it is about; of a removed tab the earlier one; "" = the whole page. */
  readonly tab: string;
  /** The cell's id; "" = it is about a tab or the page. */
  readonly cell: string;
  /** The cell's name. */
  readonly name: string;
  /** In words: the tab's earlier name, the size, what was shown; "" = nothing to say. */
  readonly before: string;
  readonly after: string;
  /** tab_added, tab_removed: the cells that came or went with it. */
  readonly cells: readonly string[];
}

export interface LinkBody {
  readonly url: string;
  /** Labels of inputs whose value the link does not carry: files, tables, those marked *not in links*. */
  readonly notCarried: readonly string[];
}

export interface LinkRequest {
  readonly kind: "CURRENT_INPUTS" | "PUBLISHED";
  /** CURRENT_INPUTS: input name → JSON value (wire tags are understood). */
  readonly inputs: Readonly<Record<string, unknown>>;
}

export interface LiveChanged {
  readonly event: "live_changed";
  readonly live: LiveView | null;
}

/** A session that several people share by a link. */
export interface LiveView {
  /** The member id of whoever went live; they and editors may end it for all. */
  readonly by: string;
  /** What others call them. */
  readonly name: string;
}

/** The draft of a project with its logic session (Can view). */
export interface LogicRoom {
  readonly room: "logic";
  readonly project: string;
}

export interface MarkdownCell {
  readonly type: "markdown";
  /** [a-z0-9_-]{1,64}, unique in the document, for life. */
  readonly id: string;
  /** The readable name; "" = named by its kind and place. */
  readonly label: string;
  readonly source: string;
}

export interface Member {
  /** One per person in this room, however many tabs. */
  readonly id: string;
  /** What others call them; for web visitors "Visitor 3". Never an e-mail. */
  readonly name: string;
  /** 1…4: which of the people's colours. */
  readonly color: number;
  readonly cursor: Cursor | null;
  readonly you: boolean;
}

export interface MoveCell {
  readonly do: "move_cell";
  readonly cell: string;
  /** The cell that it goes behind; "" = to the top. */
  readonly after: string;
}

export interface MultiselectInput {
  readonly kind: "multiselect";
  /** The variable: a Python identifier, unique in the document. */
  readonly name: string;
  /** The default as a plain JSON value in the project file's form; `core.inputs` reads it. */
  readonly default: unknown;
  /** True: links, embeds and API runs may set it though no tab shows it. */
  readonly settable: boolean;
  /** False: a current-inputs link never carries it. */
  readonly in_links: boolean;
  readonly options: readonly (string | number | boolean | null)[];
  readonly options_from: string;
  readonly optional: boolean;
}

export interface NewOwner {
  /** Id or e-mail of the user who gets the project. */
  readonly owner: string;
}

export interface NewPassword {
  readonly new: string;
  /** The present one; "" where there is none yet. */
  readonly current: string;
}

export interface NewProject {
  readonly title: string;
}

export interface NewSecret {
  readonly name: string;
  readonly value: string;
}

export interface NewToken {
  readonly name: string;
  /** Until it expires; absent = it does not. */
  readonly days: number | null;
}

export interface NewUser {
  readonly email: string;
  readonly role: string;
  /** "" = named after the e-mail. */
  readonly name: string;
  /** "" = none: they come by a sign-in link, or by another sign-in. */
  readonly password: string;
}

/** The draft, saved as a version. */
export interface NewVersion {
  /** What it is kept for; may be "". */
  readonly title: string;
}

export interface NewWorkspaceToken {
  readonly name: string;
  readonly role: "admin" | "editor" | "viewer";
  /** Until it expires; absent = it does not. */
  readonly days: number | null;
}

/** A sentence for the person at the page, that stays until dismissed. */
export interface Notice {
  readonly code: "forced_errors" | "ignored_parameters" | "kernel_ended" | "new_results" | "newer_version" | "queued" | "results_pending";
  readonly text: string;
}

export interface NoticeGiven {
  readonly event: "notice_given";
  readonly notice: Notice;
}

/** A cell that a notification can speak of. */
export interface NotifiableCell {
  readonly id: string;
  readonly name: string;
  /** What a condition may be about. */
  readonly measures: readonly ("rows" | "value")[];
  /** Its table can come along: the app shows it. */
  readonly table: boolean;
}

/** A notification as it is set, in the form in which it can be sent back. */
export interface NotificationBody {
  readonly type: "ALL" | "CONDITION" | "FAILURE" | "SUCCESS";
  readonly condition: ConditionBody | null;
  readonly userIds: readonly string[];
  readonly groupIds: readonly string[];
  readonly emails: readonly string[];
  /** Only its host for those without Can edit; "" = it is no webhook. */
  readonly webhookUrl: string;
  readonly includeSuccessScreenshot: boolean;
  readonly tables: readonly string[];
  readonly subject: string | null;
  readonly body: string | null;
  /** By name, for people to read. */
  readonly recipients: readonly RecipientBody[];
}

export interface NotificationCheck {
  readonly notifications: readonly NotificationRequest[];
}

/** What stands against notifications. */
export interface NotificationDoubts {
  /** Why they cannot be set at all. */
  readonly refused: string | null;
  /** People and groups without access to the app, with the access that would do. */
  readonly withoutAccess: readonly GrantBody[];
  /** Addresses outside that no admin has allowed. */
  readonly notAllowed: readonly string[];
}

/**
 * Who is told of a run's end. With `webhookUrl` it goes there, with people, groups or e-mails to them; with both it
 * stands for two.
 */
export interface NotificationRequest {
  /** CONDITION takes `condition`. */
  readonly type: "ALL" | "CONDITION" | "FAILURE" | "SUCCESS";
  readonly condition: ConditionBody | null;
  readonly userIds: readonly string[];
  readonly groupIds: readonly string[];
  /** Of people here, or of addresses outside that an admin has allowed. */
  readonly emails: readonly string[];
  readonly webhookUrl: string;
  /** With a picture of the app; the name is Hex's, and a run with errors has its picture too. */
  readonly includeSuccessScreenshot: boolean;
  /** "png". */
  readonly screenshotFormat: string | readonly string[] | null;
  /** Ids of cells in the app whose table comes along as CSV. */
  readonly tables: readonly string[];
  readonly subject: string | null;
  readonly body: string | null;
  /** Not understood: channels have a webhook. */
  readonly slackChannelIds: readonly string[];
}

/** What notifications of a project can be. */
export interface NotificationSettings {
  /** A mail server is set. */
  readonly mailReady: boolean;
  /** There is a browser that takes pictures of apps. */
  readonly picturesReady: boolean;
  /** Addresses outside may be used where an admin has allowed them. */
  readonly outsideAddresses: boolean;
  readonly allowedAddresses: readonly string[];
  /** The one who asks is an admin, and may allow more. */
  readonly mayAllow: boolean;
  /** With what this project's webhooks are signed. */
  readonly webhookSecret: string;
  /** Of the published version, in notebook order. */
  readonly cells: readonly NotifiableCell[];
}

export interface NotificationTrial {
  /** An e-mail goes to the one who asks, whoever it names; a webhook gets its test. */
  readonly notification: NotificationRequest;
}

export interface NumberInput {
  readonly kind: "number";
  /** The variable: a Python identifier, unique in the document. */
  readonly name: string;
  /** The default as a plain JSON value in the project file's form; `core.inputs` reads it. */
  readonly default: unknown;
  /** True: links, embeds and API runs may set it though no tab shows it. */
  readonly settable: boolean;
  /** False: a current-inputs link never carries it. */
  readonly in_links: boolean;
  readonly min: number | null;
  readonly max: number | null;
  readonly step: number | null;
  readonly format: "currency" | "percent" | "plain";
  /** True: the control may be left empty (`None`). */
  readonly optional: boolean;
}

export interface OutputAdded {
  readonly event: "output_added";
  readonly cell: string;
  readonly output: AnyOutput;
  /** True: the first of a new execution; it replaces all that stood there. */
  readonly first: boolean;
}

/** What a cell showed in two runs. */
export interface OutputDifference {
  /** only_before, only_after: the cell has run in that run only. */
  readonly kind: "differs" | "only_after" | "only_before" | "same";
  /** differs: the n-th table of one against the n-th of the other, as far as both have one. */
  readonly tables: readonly TableDifference[];
}

/** Printed text goes on, or a display was updated: the output at this place is now this one. */
export interface OutputUpdated {
  readonly event: "output_updated";
  readonly cell: string;
  readonly index: number;
  readonly output: AnyOutput;
}

/** Which cells show something else, without the rest of the difference. */
export interface OutputsBody {
  /** Cell id → how its outputs compare; null = not both have run. */
  readonly outputs: Readonly<Record<string, OutputDifference>> | null;
}

/** A declared package. */
export interface PackageDifference {
  readonly name: string;
  readonly kind: "added" | "changed" | "moved" | "removed";
  /** As it was declared, such as "scikit-learn>=1.5"; "" = it was not. */
  readonly before: string;
  readonly after: string;
}

export interface Pagination {
  readonly after: string | null;
  readonly before: string | null;
}

/** A past run, where the page shows the app as it left it. */
export interface PastRun {
  readonly run: string;
  readonly status: "COMPLETED" | "ERRORED" | "KILLED" | "PENDING" | "RUNNING";
  readonly trigger: "API" | "APP" | "PREVIEW" | "REFRESH" | "SCHEDULED";
  readonly version: number | null;
  /** When it ended; of one that goes on, when it began. ISO 8601 UTC. */
  readonly at: string;
  /** The name of whoever started it; "" = nobody did. */
  readonly by: string;
  /** Such as "Species: Gentoo": inputs that differ from the defaults; "" = none does. */
  readonly inputs: string;
  /** Why it was cut off; "" = it was not. */
  readonly message: string;
  /** The app has a published version to go to. */
  readonly published: boolean;
  /** The run log; "" = not for this person. */
  readonly runs_url: string;
  /** This person can make its outputs the published results again. */
  readonly restorable: boolean;
}

/** Who is signed in here. */
export interface Person {
  /** "" = a visitor without an account. */
  readonly id: string;
  readonly name: string;
  /** Their own. */
  readonly email: string;
  /** "admin", "editor", "viewer"; "" for a visitor. */
  readonly role: string;
}

export interface PersonBody {
  readonly email: string;
  readonly name: string;
}

/** A sign of life; answered by Pong. */
export interface Ping {
  readonly type: "ping";
}

export interface Pong {
  readonly type: "pong";
}

export interface Presence {
  readonly type: "presence";
  readonly members: readonly Member[];
}

/** A run button's press: an event, never a value. */
export interface Press {
  readonly do: "press";
  readonly name: string;
}

/** The preview session of a candidate (Can edit). */
export interface PreviewRoom {
  readonly room: "preview";
  readonly project: string;
  readonly publish: string;
}

/** Somebody, or some together, whom a project can be shared with. */
export interface PrincipalBody {
  /** `user:{id}` or `group:{id}`. */
  readonly principal: string;
  readonly name: string;
  /** An e-mail, or how many are in the group. */
  readonly detail: string;
  readonly kind: "group" | "person" | "token";
}

export interface PrincipalList {
  readonly values: readonly PrincipalBody[];
  readonly pagination: Pagination;
}

export interface ProjectBody {
  readonly id: string;
  readonly type: "PROJECT";
  readonly title: string;
  readonly description: string;
  readonly status: StatusBody;
  readonly creator: PersonBody;
  readonly owner: PersonBody;
  readonly createdAt: string;
  readonly lastEditedAt: string;
  readonly lastPublishedAt: string | null;
  readonly archivedAt: string | null;
  readonly trashedAt: string | null;
  readonly schedules: readonly unknown[];
  /** Who has been given what; null for those with App only. */
  readonly sharing: ProjectSharing | null;
  /** Always empty: Hex's clients read it. */
  readonly categories: readonly unknown[];
  readonly publishedVersion: number | null;
  readonly unpublishedChanges: boolean;
  /** Of the published version: its code reads who looks, so every visit runs as its viewer. */
  readonly personal: boolean;
  readonly inputs: readonly InputBody[];
  /** Of the one who asks. */
  readonly access: "APP_ONLY" | "CAN_EDIT" | "CAN_VIEW" | "FULL_ACCESS";
  readonly appUrl: string;
  readonly logicUrl: string;
  /** Status of up to ten last runs, oldest first. */
  readonly recentRuns: readonly string[];
}

/** A project in a list of many: that it exists, and whose it is. */
export interface ProjectLine {
  readonly id: string;
  readonly title: string;
  readonly owner: PersonBody;
  readonly lastEditedAt: string;
  readonly trashedAt: string | null;
  /** Of the one who asks; null = none. */
  readonly access: "APP_ONLY" | "CAN_EDIT" | "CAN_VIEW" | "FULL_ACCESS" | null;
}

export interface ProjectLines {
  readonly values: readonly ProjectLine[];
  readonly pagination: Pagination;
}

export interface ProjectList {
  readonly values: readonly ProjectBody[];
  readonly pagination: Pagination;
}

/** Grants as Hex's API tells them; the owner has Full access without one too. */
export interface ProjectSharing {
  readonly users: readonly SharedWithUser[];
  readonly groups: readonly SharedWithGroup[];
  /** What everyone in the workspace has. */
  readonly workspace: SharedLevel;
  /** What everyone has. */
  readonly publicWeb: SharedLevel;
}

export interface PublishBody {
  readonly publishId: string;
  readonly status: "CANCELLED" | "FAILED" | "PUBLISHED" | "READY" | "RUNNING" | "SUPERSEDED";
  readonly errors: readonly PublishError[];
  readonly runId: string;
  readonly version: number | null;
  readonly expectedPublished: number | null;
  /** As of `VersionBody`. */
  readonly personal: boolean;
}

export interface PublishConfirm {
  readonly acceptErrors: boolean;
  readonly force: boolean;
  readonly title: string | null;
}

/** A cell that failed in the preview run. */
export interface PublishError {
  readonly cell: string;
  /** The cell's label, or its kind and place. */
  readonly name: string;
  /** Such as "KeyError: 'mass'". */
  readonly message: string;
}

export interface PublishRequest {
  readonly force: boolean;
  /** The published version that the caller saw; absent = whatever is published. */
  readonly expectedPublished?: number | null;
  /** Publish that older one again. */
  readonly version: number | null;
  readonly title: string;
}

export interface PublishStarted {
  readonly publishId: string;
  readonly runId: string;
  readonly status: "CANCELLED" | "FAILED" | "PUBLISHED" | "READY" | "RUNNING" | "SUPERSEDED";
}

/** A candidate and how far it is. */
export interface PublishView {
  readonly id: string;
  readonly status: "CANCELLED" | "FAILED" | "PUBLISHED" | "READY" | "RUNNING" | "SUPERSEDED";
  readonly errors: readonly PublishError[];
  readonly title: string;
  /** A name, never an e-mail. */
  readonly author: string;
  readonly created_at: string;
  readonly forced: boolean;
  readonly version: number | null;
  /** Changes of the draft since the freeze; they are not in this candidate. */
  readonly later_changes: number;
  /** True: its code reads who looks; published, every visit runs as its viewer. */
  readonly personal: boolean;
}

export interface PublishingChanged {
  readonly event: "publishing_changed";
  readonly publishing: PublishingView;
}

/** What the editors' pages say about publishing. */
export interface PublishingView {
  readonly published: number | null;
  readonly published_at: string;
  readonly published_by: string;
  /** True: the draft differs from the published version, or nothing is published. */
  readonly unpublished_changes: boolean;
  /** The newest one that was not given up, superseded or published; a forced one until its run ends. */
  readonly candidate: PublishView | null;
}

export interface PythonCell {
  readonly type: "python";
  /** [a-z0-9_-]{1,64}, unique in the document, for life. */
  readonly id: string;
  /** The readable name; "" = named by its kind and place. */
  readonly label: string;
  readonly source: string;
}

export interface RecipientBody {
  /** Of a user or group; an address; where a webhook lies. */
  readonly id: string;
  readonly name: string;
  readonly isPrivate: boolean;
}

/**
 * Compute the published results anew, with the default inputs, for everyone: editors, and everybody where the app
 * allows it. The session's own inputs, outputs and kernel stay.
 */
export interface RefreshForAll {
  readonly do: "refresh_for_all";
}

export interface Refusal {
  readonly type: "refusal";
  /** 0 = the message had none that could be read. */
  readonly id: number;
  readonly sentence: string;
}

/** The whole draft becomes this document: an import or a revert. */
export interface ReplaceDocument {
  readonly do: "replace_document";
  readonly document: Document;
}

export interface RestartAndRunAll {
  readonly do: "restart_and_run_all";
}

/** Undo a delete. */
export interface RestoreCell {
  readonly do: "restore_cell";
  readonly cell: string;
}

export interface ResultsChanged {
  readonly event: "results_changed";
  readonly results: ResultsView | null;
}

/** The published results, where a session shows them. */
export interface ResultsView {
  /** When the oldest of them were computed, ISO 8601 UTC. */
  readonly at: string;
  /** True: the cells on show are these results and no kernel has run in this session. */
  readonly fresh: boolean;
  /** True: newer ones are being computed for everyone. */
  readonly refreshing: boolean;
}

/** The draft after a revert. */
export interface RevertBody {
  /** Of the draft: that of the version, unless somebody typed since. */
  readonly hash: string;
  readonly title: string;
  readonly unpublishedChanges: boolean;
  /** The version that holds what the draft was before; null = one held it already, or nothing was changed. */
  readonly savedAs: number | null;
}

export interface RevertRequest {
  /** Whose content the draft becomes. */
  readonly version: number;
}

export type RoomEvent =
  | DraftEvent
  | SessionEvent
  | LiveChanged
  | PublishingChanged
  | ResultsChanged
  | NoticeGiven;

export interface Row {
  readonly columns: readonly Column[];
}

/** One row side by side, or a stretch of equal ones. */
export interface RowHunk {
  readonly kind: "added" | "changed" | "removed" | "same";
  /** How many: same may be many, anything else is 1. */
  readonly rows: number;
  /**
   * Its values, in the order of `before_columns`; null = it stands in the later table only. same: those of the first
   * of them.
   */
  readonly before: readonly unknown[] | null;
  readonly after: readonly unknown[] | null;
  /** changed: the common columns whose values differ. */
  readonly columns: readonly string[];
}

/** Two tables, as far as they were looked at. */
export interface RowsDifference {
  readonly before_columns: readonly string[];
  readonly after_columns: readonly string[];
  /** Of the whole table. */
  readonly before_rows: number;
  readonly after_rows: number;
  readonly hunks: readonly RowHunk[];
  /** Common columns in which some row differs. */
  readonly columns: readonly string[];
  readonly changed: number;
  readonly added: number;
  readonly removed: number;
  /** Rows that differ and are not in `hunks`, which would be too long. */
  readonly unlisted: number;
  /** What the reader should know of how it was compared; "" = all rows were. */
  readonly note: string;
}

/** Every cell, top to bottom, in the kernel that is there. In an app: Refresh, or Run of a manual app. */
export interface RunAll {
  readonly do: "run_all";
}

export interface RunBody {
  readonly projectId: string;
  /** null = a candidate that has no number. */
  readonly projectVersion: number | null;
  readonly runId: string;
  readonly runUrl: string;
  readonly status: "COMPLETED" | "ERRORED" | "KILLED" | "PENDING" | "RUNNING";
  /** null = it waits, or was ended before it started. */
  readonly startTime: string | null;
  readonly endTime: string | null;
  /** Whole milliseconds; null = it goes on, or was ended before it started. */
  readonly elapsedTime: number | null;
  /** Of this request. */
  readonly traceId: string;
  readonly runTrigger: "API" | "APP" | "PREVIEW" | "REFRESH" | "SCHEDULED";
  /** The values that it was given; {} = the defaults. */
  readonly inputParams: Readonly<Record<string, unknown>>;
  readonly notifications: readonly DeliveryBody[];
  /** Oldest first. */
  readonly stateEvents: readonly StateEvent[];
  readonly createdAt: string;
  /** Who started it; null = nobody did (a schedule). */
  readonly person: PersonBody | null;
  /** Why it was cut off, as a sentence; "" = it was not. */
  readonly message: string;
  /**
   * Its outputs can be made the published results again: it ran the published version with the default inputs, ended,
   * and is not the one whose outputs they are.
   */
  readonly restorable: boolean;
  /** Only where outputs were asked for. */
  readonly cells?: readonly CellResult[];
}

export interface RunCells {
  readonly do: "run_cells";
  readonly cells: readonly string[];
  /** True: these cells and nothing else; False: stale ancestors, the cells, their descendants. */
  readonly only: boolean;
}

export interface RunChanged {
  readonly event: "run_changed";
  readonly run: RunProgress | null;
}

export interface RunList {
  readonly runs: readonly RunBody[];
  readonly nextPage: string | null;
  readonly previousPage: string | null;
  readonly traceId: string;
}

/** The run that is going on, or the last one. */
export interface RunProgress {
  /** Counts up in this session. */
  readonly number: number;
  readonly trigger: "api" | "app" | "logic" | "preview" | "refresh" | "scheduled";
  /** errored: some cell failed, or the kernel died. */
  readonly status: "cancelled" | "done" | "errored" | "running";
  /** The cells of this run in their order; for a viewer with App only those on the page. */
  readonly planned: readonly string[];
  /** How many of `planned` have ended (skipped ones too). */
  readonly finished: number;
  /** The running cell's id; "" = none, or not on the page. */
  readonly current: string;
  /** ISO 8601 UTC. */
  readonly started_at: string;
  /** ISO 8601 UTC; "" = it goes on. */
  readonly ended_at: string;
}

/** How the published version is to be run; nothing said: with the defaults. */
export interface RunRequest {
  /** Variable → plain JSON value, of inputs that are in the app; others are passed over and listed in the answer. */
  readonly inputParams: Readonly<Record<string, unknown>>;
  /** Check all of it, and run nothing. */
  readonly dryRun: boolean;
  /** The outputs become the published results (Can edit; not with values of one's own). */
  readonly updatePublishedResults: boolean;
  /** Results of read-only queries that are kept may be used. */
  readonly useCachedSqlResults: boolean;
  /** Who is told of its end. */
  readonly notifications: readonly NotificationRequest[];
  /** Older word for updatePublishedResults with fresh queries; passed over where inputParams are given. */
  readonly updateCache: boolean;
  /** Saved views are not supported: any is refused. */
  readonly viewId: string | null;
}

/** A past run, as it left the app (Can view; one's own: App only). */
export interface RunRoom {
  readonly room: "run";
  readonly project: string;
  readonly run: string;
}

export interface RunStarted {
  readonly projectId: string;
  readonly runId: string;
  readonly runUrl: string;
  readonly runStatusUrl: string;
  readonly traceId: string;
  readonly projectVersion: number;
  readonly notifications: readonly DeliveryBody[];
  readonly ignoredInputParams: readonly string[];
}

export interface ScheduleBody {
  readonly id: string;
  readonly name: string;
  readonly cadence: "CUSTOM" | "DAILY" | "HOURLY" | "MONTHLY" | "WEEKLY";
  /** null = the cadence needs none. */
  readonly cron: string | null;
  readonly timezone: string;
  readonly minute: number;
  readonly hour: number;
  readonly dayOfWeek: readonly ("FRIDAY" | "MONDAY" | "SATURDAY" | "SUNDAY" | "THURSDAY" | "TUESDAY" | "WEDNESDAY")[];
  readonly day: number;
  readonly enabled: boolean;
  /** {} = the defaults. */
  readonly inputParams: Readonly<Record<string, unknown>>;
  readonly updatePublishedResults: boolean;
  readonly useCachedSqlResults: boolean;
  readonly overlap: "QUEUE" | "SKIP";
  readonly retries: number;
  readonly timeLimit: number | null;
  readonly notifications: readonly NotificationBody[];
  /** Why it does not run with the published version, as a sentence; null = it does. */
  readonly flagged: string | null;
  /** When it runs: "Every weekday at 08:00, Europe/Berlin". */
  readonly words: string;
  /** The next five; none while it is paused. */
  readonly nextRuns: readonly string[];
  readonly createdAt: string;
  /** Who made it. */
  readonly person: PersonBody | null;
  /** Newest first, ten at most. */
  readonly lastRuns: readonly ScheduledRun[];
}

export interface ScheduleList {
  readonly values: readonly ScheduleBody[];
  readonly pagination: Pagination;
  /** What they run; null = nothing is published, so they wait. */
  readonly publishedVersion: number | null;
  /** How many changes of the draft are not in it; 0 while nothing is published. */
  readonly unpublishedChanges: number;
  /** The project's, which a new schedule takes. */
  readonly timezone: string;
  /** What a schedule may set, of the published version, or of the draft while there is none; no run buttons. */
  readonly inputs: readonly InputCell[];
}

/** What a schedule would do, before it is kept. */
export interface SchedulePreview {
  readonly words: string;
  /** The next five. */
  readonly nextRuns: readonly string[];
}

/** A schedule to be; when one is changed, what is left out stays as it is. */
export interface ScheduleRequest {
  readonly name?: string;
  readonly cadence?: "CUSTOM" | "DAILY" | "HOURLY" | "MONTHLY" | "WEEKLY";
  /** CUSTOM: minute, hour, day of the month, month, day of the week. */
  readonly cron?: string | null;
  /** An IANA name; absent = the project's. */
  readonly timezone?: string;
  readonly minute?: number;
  readonly hour?: number;
  /** WEEKLY: one day or several. */
  readonly dayOfWeek?: "FRIDAY" | "MONDAY" | "SATURDAY" | "SUNDAY" | "THURSDAY" | "TUESDAY" | "WEDNESDAY" | readonly ("FRIDAY" | "MONDAY" | "SATURDAY" | "SUNDAY" | "THURSDAY" | "TUESDAY" | "WEDNESDAY")[];
  /** MONTHLY: 1 to 31. */
  readonly day?: number;
  readonly enabled?: boolean;
  /** Plain JSON values, as for runs; any input may be set. */
  readonly inputParams?: Readonly<Record<string, unknown>>;
  /** Absent = yes, where all inputs are defaults. */
  readonly updatePublishedResults?: boolean;
  readonly useCachedSqlResults?: boolean;
  readonly overlap?: "QUEUE" | "SKIP";
  /** Further attempts after one that failed, at most ten. */
  readonly retries?: number;
  /** Seconds; null = none. */
  readonly timeLimit?: number | null;
  readonly notifications?: readonly NotificationRequest[];
}

/** A run of a schedule, in its list. */
export interface ScheduledRun {
  readonly runId: string;
  readonly runUrl: string;
  readonly status: "COMPLETED" | "ERRORED" | "KILLED" | "PENDING" | "RUNNING";
  /** The run before it was still going on, so it was KILLED before it began. */
  readonly skipped: boolean;
  readonly createdAt: string;
  /** null = somebody pressed Run now. */
  readonly dueAt: string | null;
  readonly startTime: string | null;
  readonly endTime: string | null;
  /** From 1. */
  readonly attempt: number;
  readonly projectVersion: number | null;
  /** Why it was cut off or skipped; "" = it was not. */
  readonly message: string;
}

/** A secret by its name. No message holds its value but the one that sets it. */
export interface SecretBody {
  readonly name: string;
  /** WORKSPACE: every project may read it, and admins set it. */
  readonly scope: "PROJECT" | "WORKSPACE";
  readonly setAt: string;
  readonly setBy: PersonBody;
  /** Why its value cannot be read, as a sentence; "" = it can. */
  readonly trouble: string;
}

export interface SecretList {
  readonly values: readonly SecretBody[];
  readonly pagination: Pagination;
}

export type ServerMessage = Snapshot | Events | Done | Refusal | Answer | Presence | Pong | Ended;

export type SessionEvent =
  | InputsChanged
  | ButtonPressed
  | CellChanged
  | OutputAdded
  | OutputUpdated
  | StreamContinued
  | CellsReplaced
  | KernelChanged
  | RunChanged;

export type SessionOperation =
  | SetInputs
  | Press
  | RunCells
  | RunAll
  | RestartAndRunAll
  | Interrupt
  | StopKernel
  | ClearOutputs;

export interface SessionsBody {
  /** Sessions of the app in which somebody is. */
  readonly open: number;
  /** Those of them that began on another version than the published one. */
  readonly older: number;
}

export interface SessionsEnded {
  /** Sessions in which somebody was. */
  readonly ended: number;
}

/** The files of the project, all of them. Their contents were stored before. */
export interface SetFiles {
  readonly do: "set_files";
  readonly files: readonly FileRef[];
}

export interface SetInputs {
  readonly do: "set_inputs";
  /** Input name → JSON value (`core.inputs.accept`); several at once make one change. */
  readonly values: Readonly<Record<string, unknown>>;
}

export interface SetLayout {
  readonly do: "set_layout";
  /** None = back to one column in notebook order. */
  readonly app: Layout | null;
}

export interface SetPresence {
  readonly type: "set_presence";
  readonly cursor: Cursor | null;
}

export interface SetSettings {
  readonly do: "set_settings";
  readonly settings: Settings;
  readonly description: string;
  readonly timezone: string;
  readonly packages: readonly string[];
}

export interface SetTitle {
  readonly do: "set_title";
  readonly title: string;
}

/** How the app behaves; versioned with it. */
export interface Settings {
  readonly on_open: "published_results" | "run";
  readonly on_interaction: "auto" | "manual";
  /** True: whoever may see the app may compute the published results anew for everyone; False: editors may. */
  readonly viewers_may_refresh: boolean;
  /**
   * Minutes: published results older than that are computed anew, in the background, when somebody opens the app;
   * 0 = never.
   */
  readonly refresh_after: number;
  /** True: a running cell whose inputs have changed meanwhile is interrupted; False: it is let run to its end. */
  readonly interrupt_superseded: boolean;
  /** How many kernels wait that have already run the published version with its defaults; 0 = none. */
  readonly ready_kernels: number;
}

export interface SettingsChanged {
  readonly event: "settings_changed";
  readonly settings: Settings;
  readonly description: string;
  readonly timezone: string;
  readonly packages: readonly string[];
}

export interface SharedGroup {
  readonly id: string;
  readonly name: string;
}

export interface SharedLevel {
  readonly access: "APP_ONLY" | "CAN_EDIT" | "CAN_VIEW" | "FULL_ACCESS" | "NONE";
}

export interface SharedWithGroup {
  readonly group: SharedGroup;
  readonly access: "APP_ONLY" | "CAN_EDIT" | "CAN_VIEW" | "FULL_ACCESS";
}

export interface SharedWithUser {
  readonly user: PersonBody;
  readonly access: "APP_ONLY" | "CAN_EDIT" | "CAN_VIEW" | "FULL_ACCESS";
}

export interface Sharing {
  readonly grants: readonly GrantBody[];
  /** `user:{id}` of the owner, who always has Full access; passed over when it is sent. */
  readonly owner: string;
}

/** What one cell showed on both sides. */
export interface ShownBody {
  /** null = it has not run there. */
  readonly before: CellRun | null;
  readonly after: CellRun | null;
  /** The n-th table of one beside the n-th of the other. */
  readonly tables: readonly RowsDifference[];
}

/** Of the sign-in page. */
export interface SignIn {
  /** What people call the OpenID provider that they may sign in with; "" = with a password only. */
  readonly provider: string;
  /** Why the attempt before did not work, as a sentence; "" = there was none. */
  readonly trouble: string;
  /** True: a proxy in front signs people in, so there is nothing to sign out of here. */
  readonly by_proxy: boolean;
}

/** An address that signs one browser in, once. */
export interface SignInLink {
  readonly url: string;
  readonly expiresAt: string;
}

export interface SliderInput {
  readonly kind: "slider";
  /** The variable: a Python identifier, unique in the document. */
  readonly name: string;
  /** The default as a plain JSON value in the project file's form; `core.inputs` reads it. */
  readonly default: unknown;
  /** True: links, embeds and API runs may set it though no tab shows it. */
  readonly settable: boolean;
  /** False: a current-inputs link never carries it. */
  readonly in_links: boolean;
  readonly min: number;
  readonly max: number;
  readonly step: number;
}

/** All that this member may see of the room, now. */
export interface Snapshot {
  readonly type: "snapshot";
  readonly seq: number;
  /** Its id: unguessable; what a reload says in Hello to come back. */
  readonly session: string;
  readonly kind: "app" | "logic" | "preview" | "run";
  /** The member's level on the project. */
  readonly access: "APP_ONLY" | "CAN_EDIT" | "CAN_VIEW" | "FULL_ACCESS";
  readonly members: readonly Member[];
  /** The whole document; None in an app or preview session. */
  readonly document: Document | null;
  /** Cell id → version of its text; empty without `document`. */
  readonly texts: Readonly<Record<string, number>>;
  /** The app's page; None in the logic view. */
  readonly app: AppView | null;
  /** The version that the session runs; None for a draft or candidate. */
  readonly version: number | null;
  /** Input name → value safe for JavaScript; only those that this member may see. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Run buttons whose press waits or runs. */
  readonly waiting: readonly string[];
  readonly cells: Readonly<Record<string, CellRun>>;
  readonly kernel: KernelStatus;
  readonly run: RunProgress | null;
  readonly results: ResultsView | null;
  /** In an app session that several people share; else None. */
  readonly live: LiveView | null;
  /** For editors; None below Can view and in apps. */
  readonly publishing: PublishingView | null;
  readonly notices: readonly Notice[];
}

export interface SqlCell {
  readonly type: "sql";
  /** [a-z0-9_-]{1,64}, unique in the document, for life. */
  readonly id: string;
  /** The readable name; "" = named by its kind and place. */
  readonly label: string;
  readonly source: string;
  /** "dataframes" = DuckDB over the data frames of the notebook; else the name of a data connection. */
  readonly connection: string;
  /** The variable that holds the result as a data frame; "" = none. */
  readonly result: string;
}

/** A step in the life of a run. */
export interface StateEvent {
  readonly state: "COMPLETED" | "ERRORED" | "KILLED" | "PENDING" | "RUNNING";
  readonly at: string;
}

export interface StatusBody {
  /** "Published" or "Draft". */
  readonly name: string;
}

/** What was done with the versions beside making new ones. */
export interface StepBody {
  /**
   * revert: the draft became version `version` again. republish: that version was published again. unpublish: it was
   * taken away. end_sessions: people were sent out of the app.
   */
  readonly action: "end_sessions" | "republish" | "revert" | "unpublish";
  readonly at: string;
  readonly by: PersonBody;
  /** null = it is about none. */
  readonly version: number | null;
  /** revert: the version that was saved of the draft before; null = one held it already. */
  readonly savedAs: number | null;
  /** end_sessions: how many were ended. */
  readonly sessions: number | null;
}

export interface StopKernel {
  readonly do: "stop_kernel";
}

/** More text for the last output of the cell, which is a stream of that name. */
export interface StreamContinued {
  readonly event: "stream_continued";
  readonly cell: string;
  readonly name: "stderr" | "stdout";
  readonly text: string;
}

export interface StreamOutput {
  readonly output: "stream";
  readonly name: "stderr" | "stdout";
  readonly text: string;
}

export interface Tab {
  readonly name: string;
  readonly rows: readonly Row[];
}

export interface TableAnswer {
  readonly ask: "table";
  readonly rows: readonly (readonly unknown[])[];
  readonly total: number;
}

export interface TableCell {
  readonly type: "table";
  /** [a-z0-9_-]{1,64}, unique in the document, for life. */
  readonly id: string;
  /** The readable name; "" = named by its kind and place. */
  readonly label: string;
  readonly dataframe: string;
}

export interface TableColumn {
  readonly name: string;
  readonly type: "boolean" | "date" | "datetime" | "number" | "other" | "text";
}

/** A table in both outputs: how its shape changed. */
export interface TableDifference {
  readonly columns_added: readonly string[];
  readonly columns_removed: readonly string[];
  readonly rows_before: number;
  readonly rows_after: number;
  /** Such as "1 column more, 3 rows fewer"; "" = columns and number of rows are the same. */
  readonly words: string;
}

/** What stands in an output under `TABLE_MIME`. */
export interface TableHead {
  /** A handle; live while the kernel holds the table. */
  readonly table: string;
  readonly columns: readonly TableColumn[];
  readonly total: number;
  /** The first page, 50 rows, cells as in `TablePage`. */
  readonly rows: readonly (readonly unknown[])[];
}

export interface TableInput {
  readonly kind: "table";
  /** The variable: a Python identifier, unique in the document. */
  readonly name: string;
  /** The default as a plain JSON value in the project file's form; `core.inputs` reads it. */
  readonly default: unknown;
  /** True: links, embeds and API runs may set it though no tab shows it. */
  readonly settable: boolean;
  /** False: a current-inputs link never carries it. */
  readonly in_links: boolean;
  readonly columns: readonly TableInputColumn[];
}

export interface TableInputColumn {
  readonly name: string;
  readonly type: "checkbox" | "date" | "number" | "text";
}

/** Which part of a table is wanted. */
export interface TableQuery {
  readonly offset: number;
  /** At most 1 000. */
  readonly limit: number;
  /** A column's name; "" = as it comes. */
  readonly sort: string;
  readonly descending: boolean;
  /** Rows in which some column contains this text, case folded; "" = all. */
  readonly filter: string;
}

export interface TableQuestion {
  readonly ask: "table";
  readonly cell: string;
  /** `TableHead.table` of an output that the cell shows. */
  readonly table: string;
  readonly query: TableQuery;
}

export interface TakeAccess {
  readonly access: "APP_ONLY" | "CAN_EDIT" | "CAN_VIEW" | "FULL_ACCESS";
}

/** Two texts, line by line. The lines of each side, joined, are that text. */
export interface TextDifference {
  readonly hunks: readonly Hunk[];
  /** Lines added or changed, as in "+3 −2". */
  readonly added: number;
  /** Lines removed or changed. */
  readonly removed: number;
  /** What the reader should know of how it was compared; "" = nothing. */
  readonly note: string;
}

export interface TextEdited {
  readonly event: "text_edited";
  readonly cell: string;
  /** Change sets before these. */
  readonly version: number;
  readonly updates: readonly TextUpdate[];
}

export interface TextInput {
  readonly kind: "text";
  /** The variable: a Python identifier, unique in the document. */
  readonly name: string;
  /** The default as a plain JSON value in the project file's form; `core.inputs` reads it. */
  readonly default: unknown;
  /** True: links, embeds and API runs may set it though no tab shows it. */
  readonly settable: boolean;
  /** False: a current-inputs link never carries it. */
  readonly in_links: boolean;
  readonly multiline: boolean;
  readonly placeholder: string;
}

export interface TextUpdate {
  /** The editor's own id in CodeMirror's collaboration, which tells it its own changes. */
  readonly client: string;
  readonly changes: readonly (number | readonly (number | string)[])[];
}

export interface TitleChanged {
  readonly event: "title_changed";
  readonly title: string;
}

export interface TokenBody {
  readonly id: string;
  readonly name: string;
  readonly createdAt: string;
  readonly expiresAt: string | null;
  /** The secret, shown once, when it is made. */
  readonly token: string | null;
  /** Of a workspace token; null = a personal one, which may do what its person may. */
  readonly role: "admin" | "editor" | "viewer" | null;
  /** Of a workspace token: `user:{id}`, by which projects are shared with it. */
  readonly principal: string;
}

export interface TokenList {
  readonly values: readonly TokenBody[];
  readonly pagination: Pagination;
}

export interface UserBody {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: "admin" | "editor" | "viewer";
  readonly disabled: boolean;
}

export interface UserChange {
  readonly role: "admin" | "editor" | "viewer";
}

export interface UserList {
  readonly values: readonly UserBody[];
  readonly pagination: Pagination;
}

export interface ValueCell {
  readonly type: "value";
  /** [a-z0-9_-]{1,64}, unique in the document, for life. */
  readonly id: string;
  /** The readable name; "" = named by its kind and place. */
  readonly label: string;
  /** A Python expression. */
  readonly value: string;
  /** A Python expression to compare with; "" = no comparison. */
  readonly compare: string;
  readonly format: "currency" | "percent" | "plain";
}

export interface VariableView {
  readonly name: string;
  readonly type: string;
  readonly summary: string;
}

export interface VariablesAnswer {
  readonly ask: "variables";
  readonly variables: readonly VariableView[];
}

export interface VariablesQuestion {
  readonly ask: "variables";
}

export interface VersionBody {
  readonly number: number;
  readonly title: string;
  readonly author: PersonBody;
  readonly createdAt: string;
  readonly kind: "imported" | "published" | "saved";
  readonly published: boolean;
  readonly hash: string;
  readonly runId: string | null;
  readonly runStatus: string | null;
  /** Its code reads who looks: every visit runs as its viewer, and it has no published results. */
  readonly personal: boolean;
  /** The names of the secrets that its code asks for in plain sight; only where one version was asked for. */
  readonly secrets?: readonly string[];
}

/** A version as its logic, to be read. */
export interface VersionContent {
  readonly document: Document;
  /** What its recorded run showed; empty where there is none, and of a personal version. */
  readonly cells: Readonly<Record<string, CellRun>>;
}

/** `pagination.after` leads to older ones, `before` to newer ones. */
export interface VersionList {
  readonly values: readonly VersionBody[];
  readonly pagination: Pagination;
  /**
   * What was done after the oldest version of this page and before the first one of the page before it, newest first.
   * At most 200.
   */
  readonly steps: readonly StepBody[];
}

export interface VersionTitle {
  /** May be "". */
  readonly title: string;
}
