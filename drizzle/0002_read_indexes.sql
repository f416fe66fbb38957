DROP INDEX "sessions_recent";--> statement-breakpoint
CREATE INDEX "actions_by_state" ON "actions" USING btree ("org_id","state","created_at","id") WHERE state not in ('delivered', 'skipped');--> statement-breakpoint
CREATE INDEX "alerts_unresolved" ON "alerts" USING btree ("org_id","opened_at","id") WHERE resolved_at is null;--> statement-breakpoint
CREATE INDEX "decisions_by_outcome" ON "decisions" USING btree ("org_id","outcome","id");--> statement-breakpoint
CREATE INDEX "holds_by_session" ON "holds" USING btree ("org_id","session_id","due_at","id");--> statement-breakpoint
CREATE INDEX "sessions_by_channel" ON "sessions" USING btree ("org_id","channel_id","created_at","id");--> statement-breakpoint
CREATE INDEX "sessions_by_assignee" ON "sessions" USING btree ("org_id","assignee_id","created_at","id");--> statement-breakpoint
CREATE INDEX "sessions_recent" ON "sessions" USING btree ("org_id","created_at","id");