/** The options of `vigia send`, as commander hands them over. */
export interface SendOptions {
  status?: string;
  message?: string;
  session?: string;
  old?: string;
  assignee?: string;
  assigneeType?: string;
  channel?: string;
  replyStatus?: string;
  count?: string;
  text?: string;
  messageType?: string;
  id?: string;
  url?: string;
  org?: string;
  webhookId?: string;
  secret?: string;
  time?: string;
  json?: boolean;
}
