CREATE TABLE "actions" (
	"org_id" text NOT NULL,
	"id" text NOT NULL,
	"key" text NOT NULL,
	"firing" text NOT NULL,
	"rule_id" text NOT NULL,
	"ruleset_hash" text NOT NULL,
	"subject" text NOT NULL,
	"session_id" text,
	"episode_id" text,
	"channel_id" text,
	"path" text NOT NULL,
	"type" text NOT NULL,
	"state" text NOT NULL,
	"spec" jsonb NOT NULL,
	"waits_for" jsonb,
	"context" jsonb,
	"grouping" jsonb,
	"admitted_at" timestamp (3) with time zone,
	"expected" jsonb,
	"params" jsonb,
	"result" jsonb,
	"reason" text,
	"attempts" integer NOT NULL,
	"fired_at" timestamp (3) with time zone NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"finished_at" timestamp (3) with time zone,
	"held_by" text,
	"held_at" timestamp (3) with time zone,
	"held_until" timestamp (3) with time zone,
	CONSTRAINT "actions_org_id_id_pk" PRIMARY KEY("org_id","id")
);
--> statement-breakpoint
CREATE TABLE "alerts" (
	"org_id" text NOT NULL,
	"id" text NOT NULL,
	"rule_id" text NOT NULL,
	"subject" text NOT NULL,
	"session_id" text,
	"episode_id" text,
	"state" text NOT NULL,
	"opened_at" timestamp (3) with time zone NOT NULL,
	"acknowledged_at" timestamp (3) with time zone,
	"acknowledged_by" text,
	"resolved_at" timestamp (3) with time zone,
	"resolved_reason" text,
	"slack_channel" text,
	"slack_ts" text,
	"snoozed_until" timestamp (3) with time zone,
	"group_id" text,
	"card" jsonb,
	CONSTRAINT "alerts_org_id_id_pk" PRIMARY KEY("org_id","id")
);
--> statement-breakpoint
CREATE TABLE "assignments" (
	"org_id" text NOT NULL,
	"action_id" text NOT NULL,
	"session_id" text NOT NULL,
	"agent_id" text NOT NULL,
	"previous_agent_id" text,
	"at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "assignments_org_id_action_id_pk" PRIMARY KEY("org_id","action_id")
);
--> statement-breakpoint
CREATE TABLE "attempts" (
	"org_id" text NOT NULL,
	"action_id" text NOT NULL,
	"attempt" integer NOT NULL,
	"started_at" timestamp (3) with time zone NOT NULL,
	"finished_at" timestamp (3) with time zone,
	"outcome" text,
	"reason" text,
	CONSTRAINT "attempts_org_id_action_id_attempt_pk" PRIMARY KEY("org_id","action_id","attempt")
);
--> statement-breakpoint
CREATE TABLE "dataset_rows" (
	"org_id" text NOT NULL,
	"dataset" text NOT NULL,
	"action_id" text NOT NULL,
	"session_id" text,
	"at" timestamp (3) with time zone NOT NULL,
	"fields" jsonb NOT NULL,
	CONSTRAINT "dataset_rows_org_id_action_id_pk" PRIMARY KEY("org_id","action_id")
);
--> statement-breakpoint
CREATE TABLE "tiles" (
	"org_id" text NOT NULL,
	"tile" text NOT NULL,
	"by" text NOT NULL,
	"value" jsonb NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "tiles_org_id_tile_by_pk" PRIMARY KEY("org_id","tile","by")
);
--> statement-breakpoint
CREATE TABLE "events" (
	"org_id" text NOT NULL,
	"key" text NOT NULL,
	"seq" bigint GENERATED ALWAYS AS IDENTITY (sequence name "events_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"source" text NOT NULL,
	"type" text NOT NULL,
	"subject" text NOT NULL,
	"session_id" text,
	"at" timestamp (3) with time zone NOT NULL,
	"received_at" timestamp (3) with time zone NOT NULL,
	"payload" jsonb NOT NULL,
	"previous" jsonb,
	"repeats" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "events_org_id_key_pk" PRIMARY KEY("org_id","key")
);
--> statement-breakpoint
CREATE TABLE "inbox" (
	"org_id" text NOT NULL,
	"seq" bigint GENERATED ALWAYS AS IDENTITY (sequence name "inbox_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"key" text NOT NULL,
	"subject" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"payload" jsonb,
	"attempts" integer DEFAULT 0 NOT NULL,
	"not_before" timestamp (3) with time zone,
	CONSTRAINT "inbox_org_id_seq_pk" PRIMARY KEY("org_id","seq")
);
--> statement-breakpoint
CREATE TABLE "lanes" (
	"org_id" text NOT NULL,
	"subject" text NOT NULL,
	CONSTRAINT "lanes_org_id_subject_pk" PRIMARY KEY("org_id","subject")
);
--> statement-breakpoint
CREATE TABLE "rejected_items" (
	"org_id" text NOT NULL,
	"seq" bigint GENERATED ALWAYS AS IDENTITY (sequence name "rejected_items_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"source" text NOT NULL,
	"received_at" timestamp (3) with time zone NOT NULL,
	"reason" text NOT NULL,
	"item" jsonb,
	CONSTRAINT "rejected_items_org_id_seq_pk" PRIMARY KEY("org_id","seq")
);
--> statement-breakpoint
CREATE TABLE "alert_groups" (
	"org_id" text NOT NULL,
	"id" text NOT NULL,
	"rule_id" text NOT NULL,
	"ruleset_hash" text NOT NULL,
	"key" text NOT NULL,
	"overflow" boolean NOT NULL,
	"opened_at" timestamp (3) with time zone NOT NULL,
	"takes_until" timestamp (3) with time zone NOT NULL,
	"next_at" timestamp (3) with time zone,
	"interval_ms" integer NOT NULL,
	"closed_at" timestamp (3) with time zone,
	"shown_total" integer NOT NULL,
	"shown_open" integer NOT NULL,
	"shown_acknowledged" integer NOT NULL,
	"version" integer NOT NULL,
	"edits" integer NOT NULL,
	"slack_channel" text NOT NULL,
	"slack_ts" text,
	"card" jsonb NOT NULL,
	CONSTRAINT "alert_groups_org_id_id_pk" PRIMARY KEY("org_id","id")
);
--> statement-breakpoint
CREATE TABLE "decisions" (
	"org_id" text NOT NULL,
	"id" bigint GENERATED ALWAYS AS IDENTITY (sequence name "decisions_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"rule_id" text NOT NULL,
	"ruleset_hash" text NOT NULL,
	"subject" text NOT NULL,
	"session_id" text,
	"episode_id" text,
	"event_key" text,
	"outcome" text NOT NULL,
	"mode" text NOT NULL,
	"step" integer,
	"repeat" integer,
	"at" timestamp (3) with time zone NOT NULL,
	"decided_at" timestamp (3) with time zone NOT NULL,
	"reason" text NOT NULL,
	"trace" jsonb,
	CONSTRAINT "decisions_org_id_id_pk" PRIMARY KEY("org_id","id")
);
--> statement-breakpoint
CREATE TABLE "holds" (
	"org_id" text NOT NULL,
	"id" text NOT NULL,
	"rule_id" text NOT NULL,
	"subject" text NOT NULL,
	"session_id" text,
	"channel_id" text,
	"mode" text NOT NULL,
	"kind" text NOT NULL,
	"state" text NOT NULL,
	"event_key" text,
	"rule_hash" text,
	"started_at" timestamp (3) with time zone NOT NULL,
	"approximate" boolean NOT NULL,
	"due_at" timestamp (3) with time zone NOT NULL,
	"due_set_at" timestamp (3) with time zone NOT NULL,
	"next_at" timestamp (3) with time zone,
	"steps_done" integer NOT NULL,
	"repeats_done" integer NOT NULL,
	"fired_at" timestamp (3) with time zone,
	"firings" integer NOT NULL,
	"acknowledged_at" timestamp (3) with time zone,
	"false_since" timestamp (3) with time zone,
	"inhibited_since" timestamp (3) with time zone,
	"snoozed_until" timestamp (3) with time zone,
	"paused_ms" bigint NOT NULL,
	"ended_at" timestamp (3) with time zone,
	"end_reason" text,
	"ended_by" text,
	"by" jsonb NOT NULL,
	"alert_ids" jsonb NOT NULL,
	CONSTRAINT "holds_org_id_id_pk" PRIMARY KEY("org_id","id")
);
--> statement-breakpoint
CREATE TABLE "limit_windows" (
	"org_id" text NOT NULL,
	"rule_id" text NOT NULL,
	"scope" text NOT NULL,
	"fired_at" jsonb NOT NULL,
	CONSTRAINT "limit_windows_org_id_rule_id_scope_pk" PRIMARY KEY("org_id","rule_id","scope")
);
--> statement-breakpoint
CREATE TABLE "ruleset_activations" (
	"org_id" text NOT NULL,
	"seq" bigint GENERATED ALWAYS AS IDENTITY (sequence name "ruleset_activations_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"hash" text NOT NULL,
	"activated_at" timestamp (3) with time zone NOT NULL,
	"changed_rules" jsonb NOT NULL,
	"swept_to" text,
	"swept_at" timestamp (3) with time zone,
	CONSTRAINT "ruleset_activations_org_id_seq_pk" PRIMARY KEY("org_id","seq")
);
--> statement-breakpoint
CREATE TABLE "rulesets" (
	"org_id" text NOT NULL,
	"hash" text NOT NULL,
	"files" jsonb NOT NULL,
	"first_loaded_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "rulesets_org_id_hash_pk" PRIMARY KEY("org_id","hash")
);
--> statement-breakpoint
CREATE TABLE "pauses" (
	"org_id" text NOT NULL,
	"id" text NOT NULL,
	"scope" jsonb NOT NULL,
	"actions" text NOT NULL,
	"owner" text NOT NULL,
	"reason" text NOT NULL,
	"starts_at" timestamp (3) with time zone NOT NULL,
	"ends_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	"created_by" text NOT NULL,
	"lifted_at" timestamp (3) with time zone,
	"lifted_by" text,
	"held_back" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "pauses_org_id_id_pk" PRIMARY KEY("org_id","id")
);
--> statement-breakpoint
CREATE TABLE "silences" (
	"org_id" text NOT NULL,
	"id" text NOT NULL,
	"matcher" jsonb NOT NULL,
	"owner" text NOT NULL,
	"reason" text NOT NULL,
	"starts_at" timestamp (3) with time zone NOT NULL,
	"ends_at" timestamp (3) with time zone NOT NULL,
	"recurrence" jsonb,
	"created_at" timestamp (3) with time zone NOT NULL,
	"created_by" text NOT NULL,
	"lifted_at" timestamp (3) with time zone,
	"lifted_by" text,
	"held_back" integer DEFAULT 0 NOT NULL,
	"reminded_at" timestamp (3) with time zone,
	CONSTRAINT "silences_org_id_id_pk" PRIMARY KEY("org_id","id")
);
--> statement-breakpoint
CREATE TABLE "channel_rhythms" (
	"org_id" text NOT NULL,
	"channel_id" text NOT NULL,
	"hour_of_week" integer NOT NULL,
	"silences_ms" jsonb NOT NULL,
	CONSTRAINT "channel_rhythms_org_id_channel_id_hour_of_week_pk" PRIMARY KEY("org_id","channel_id","hour_of_week")
);
--> statement-breakpoint
CREATE TABLE "job_states" (
	"org_id" text NOT NULL,
	"name" text NOT NULL,
	"state" jsonb NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "job_states_org_id_name_pk" PRIMARY KEY("org_id","name")
);
--> statement-breakpoint
CREATE TABLE "schedules" (
	"org_id" text NOT NULL,
	"rule_id" text NOT NULL,
	"every" text NOT NULL,
	"next_at" timestamp (3) with time zone NOT NULL,
	"last_at" timestamp (3) with time zone,
	CONSTRAINT "schedules_org_id_rule_id_pk" PRIMARY KEY("org_id","rule_id")
);
--> statement-breakpoint
CREATE TABLE "messages" (
	"org_id" text NOT NULL,
	"session_id" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"event_key" text NOT NULL,
	"message_id" text,
	"direction" text,
	"actor_type" text,
	"message_type" text,
	"integration" text,
	"channel_id" text,
	"contact_id" text,
	"ticket_id" text,
	"length" integer NOT NULL,
	CONSTRAINT "messages_org_id_session_id_at_event_key_pk" PRIMARY KEY("org_id","session_id","at","event_key")
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"org_id" text NOT NULL,
	"id" text NOT NULL,
	"status" text,
	"previous_status" text,
	"status_since" timestamp (3) with time zone,
	"status_since_approximate" boolean,
	"reply_status" text,
	"assignee_id" text,
	"assignee_type" text,
	"channel_id" text,
	"integration" text,
	"messages_count" integer,
	"created_at" timestamp (3) with time zone NOT NULL,
	"first_assigned_at" timestamp (3) with time zone,
	"first_response_at" timestamp (3) with time zone,
	"last_inbound_at" timestamp (3) with time zone,
	"last_outbound_at" timestamp (3) with time zone,
	"ended_at" timestamp (3) with time zone,
	"waiting_since" timestamp (3) with time zone,
	"holds" integer NOT NULL,
	"reassignments" integer NOT NULL,
	"messages_in" integer NOT NULL,
	"messages_out" integer NOT NULL,
	"time_in" jsonb NOT NULL,
	"ticket_id" text,
	"contact_id" text,
	"last_event_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "sessions_org_id_id_pk" PRIMARY KEY("org_id","id")
);
--> statement-breakpoint
CREATE TABLE "transitions" (
	"org_id" text NOT NULL,
	"session_id" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"event_key" text NOT NULL,
	"from_status" text,
	"to_status" text,
	"reply_status" text,
	"assignee_id" text,
	"assignee_type" text,
	"channel_id" text,
	"messages_count" integer,
	"known_status" text,
	"gap" boolean NOT NULL,
	"late" boolean NOT NULL,
	"assignee_changed" boolean NOT NULL,
	"inferred" boolean DEFAULT false NOT NULL,
	"caused_by" text,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "transitions_org_id_session_id_at_event_key_pk" PRIMARY KEY("org_id","session_id","at","event_key")
);
--> statement-breakpoint
CREATE TABLE "audit" (
	"org_id" text NOT NULL,
	"id" bigint GENERATED ALWAYS AS IDENTITY (sequence name "audit_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"at" timestamp (3) with time zone NOT NULL,
	"actor" text NOT NULL,
	"verb" text NOT NULL,
	"target" text NOT NULL,
	"detail" jsonb,
	CONSTRAINT "audit_org_id_id_pk" PRIMARY KEY("org_id","id")
);
--> statement-breakpoint
CREATE TABLE "known_objects" (
	"org_id" text NOT NULL,
	"kind" text NOT NULL,
	"id" text NOT NULL,
	"data" jsonb NOT NULL,
	"fetched_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "known_objects_org_id_kind_id_pk" PRIMARY KEY("org_id","kind","id")
);
--> statement-breakpoint
CREATE TABLE "oauth_tokens" (
	"org_id" text NOT NULL,
	"key" text NOT NULL,
	"token" jsonb,
	"leased_until" timestamp (3) with time zone,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "oauth_tokens_org_id_key_pk" PRIMARY KEY("org_id","key")
);
--> statement-breakpoint
CREATE TABLE "pace" (
	"org_id" text NOT NULL,
	"key" text NOT NULL,
	"next_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "pace_org_id_key_pk" PRIMARY KEY("org_id","key")
);
--> statement-breakpoint
CREATE TABLE "vocabulary_entries" (
	"org_id" text NOT NULL,
	"field" text NOT NULL,
	"value" text NOT NULL,
	"first_seen_at" timestamp (3) with time zone NOT NULL,
	"last_seen_at" timestamp (3) with time zone NOT NULL,
	"seen" bigint NOT NULL,
	"sample" jsonb NOT NULL,
	"told_at" timestamp (3) with time zone,
	"accepted_at" timestamp (3) with time zone,
	"accepted_by" text,
	CONSTRAINT "vocabulary_entries_org_id_field_value_pk" PRIMARY KEY("org_id","field","value")
);
--> statement-breakpoint
CREATE UNIQUE INDEX "actions_key" ON "actions" USING btree ("org_id","key");--> statement-breakpoint
CREATE INDEX "actions_by_firing" ON "actions" USING btree ("org_id","firing");--> statement-breakpoint
CREATE INDEX "actions_by_session" ON "actions" USING btree ("org_id","session_id","created_at");--> statement-breakpoint
CREATE INDEX "actions_recent" ON "actions" USING btree ("org_id","created_at","id");--> statement-breakpoint
CREATE INDEX "actions_by_state" ON "actions" USING btree ("org_id","state","created_at","id") WHERE state not in ('delivered', 'skipped');--> statement-breakpoint
CREATE INDEX "actions_held" ON "actions" USING btree ("org_id","held_by","created_at") WHERE held_by is not null;--> statement-breakpoint
CREATE INDEX "actions_said" ON "actions" USING btree ("org_id","created_at") WHERE type in ('slack.alert', 'slack.post');--> statement-breakpoint
CREATE INDEX "actions_unfinished" ON "actions" USING btree ("state","expires_at") WHERE finished_at is null;--> statement-breakpoint
CREATE INDEX "alerts_recent" ON "alerts" USING btree ("org_id","opened_at","id");--> statement-breakpoint
CREATE INDEX "alerts_unresolved" ON "alerts" USING btree ("org_id","opened_at","id") WHERE resolved_at is null;--> statement-breakpoint
CREATE INDEX "alerts_by_group" ON "alerts" USING btree ("org_id","group_id") WHERE group_id is not null;--> statement-breakpoint
CREATE INDEX "alerts_by_session" ON "alerts" USING btree ("org_id","session_id");--> statement-breakpoint
CREATE INDEX "assignments_by_session" ON "assignments" USING btree ("org_id","session_id","at");--> statement-breakpoint
CREATE INDEX "assignments_recent" ON "assignments" USING btree ("org_id","at");--> statement-breakpoint
CREATE INDEX "dataset_rows_by_time" ON "dataset_rows" USING btree ("org_id","dataset","at","action_id");--> statement-breakpoint
CREATE INDEX "events_by_subject" ON "events" USING btree ("org_id","subject","at");--> statement-breakpoint
CREATE INDEX "events_by_receipt" ON "events" USING btree ("org_id","received_at","seq");--> statement-breakpoint
CREATE INDEX "inbox_by_seq" ON "inbox" USING btree ("seq");--> statement-breakpoint
CREATE INDEX "inbox_by_subject" ON "inbox" USING btree ("org_id","subject","at");--> statement-breakpoint
CREATE UNIQUE INDEX "alert_groups_open" ON "alert_groups" USING btree ("org_id","key") WHERE closed_at is null;--> statement-breakpoint
CREATE INDEX "alert_groups_due" ON "alert_groups" USING btree ("next_at") WHERE next_at is not null;--> statement-breakpoint
CREATE INDEX "alert_groups_recent" ON "alert_groups" USING btree ("org_id","opened_at","id");--> statement-breakpoint
CREATE INDEX "decisions_by_session" ON "decisions" USING btree ("org_id","session_id","id");--> statement-breakpoint
CREATE INDEX "decisions_by_rule" ON "decisions" USING btree ("org_id","rule_id","id");--> statement-breakpoint
CREATE INDEX "decisions_by_time" ON "decisions" USING btree ("org_id","decided_at","id");--> statement-breakpoint
CREATE INDEX "decisions_by_outcome" ON "decisions" USING btree ("org_id","outcome","id");--> statement-breakpoint
CREATE INDEX "holds_due" ON "holds" USING btree ("next_at") WHERE next_at is not null;--> statement-breakpoint
CREATE INDEX "holds_open" ON "holds" USING btree ("org_id","subject") WHERE ended_at is null;--> statement-breakpoint
CREATE INDEX "holds_by_state" ON "holds" USING btree ("org_id","state","due_at","id");--> statement-breakpoint
CREATE INDEX "holds_inhibiting" ON "holds" USING btree ("org_id","rule_id","channel_id") WHERE state = 'fired' and ended_at is null;--> statement-breakpoint
CREATE INDEX "holds_by_session" ON "holds" USING btree ("org_id","session_id","due_at","id");--> statement-breakpoint
CREATE INDEX "pauses_in_force" ON "pauses" USING btree ("org_id","ends_at") WHERE lifted_at is null;--> statement-breakpoint
CREATE INDEX "pauses_recent" ON "pauses" USING btree ("org_id","created_at","id");--> statement-breakpoint
CREATE INDEX "silences_in_force" ON "silences" USING btree ("org_id","ends_at") WHERE lifted_at is null;--> statement-breakpoint
CREATE INDEX "silences_recent" ON "silences" USING btree ("org_id","created_at","id");--> statement-breakpoint
CREATE INDEX "schedules_due" ON "schedules" USING btree ("next_at");--> statement-breakpoint
CREATE INDEX "messages_by_channel" ON "messages" USING btree ("org_id","channel_id","at");--> statement-breakpoint
CREATE INDEX "sessions_open" ON "sessions" USING btree ("org_id","status","channel_id") WHERE status is distinct from 'ENDED';--> statement-breakpoint
CREATE INDEX "sessions_recent" ON "sessions" USING btree ("org_id","created_at","id");--> statement-breakpoint
CREATE INDEX "sessions_by_channel" ON "sessions" USING btree ("org_id","channel_id","created_at","id");--> statement-breakpoint
CREATE INDEX "sessions_by_assignee" ON "sessions" USING btree ("org_id","assignee_id","created_at","id");--> statement-breakpoint
CREATE INDEX "transitions_by_time" ON "transitions" USING btree ("org_id","at");--> statement-breakpoint
CREATE INDEX "transitions_by_channel" ON "transitions" USING btree ("org_id","channel_id","at");--> statement-breakpoint
CREATE INDEX "transitions_by_assignee" ON "transitions" USING btree ("org_id","assignee_id","at");--> statement-breakpoint
CREATE INDEX "transitions_gaps" ON "transitions" USING btree ("org_id","at") WHERE gap;--> statement-breakpoint
CREATE INDEX "vocabulary_recent" ON "vocabulary_entries" USING btree ("org_id","first_seen_at","field","value");