DROP INDEX "known_objects_wanted";--> statement-breakpoint
ALTER TABLE "known_objects" ALTER COLUMN "data" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "known_objects" ALTER COLUMN "fetched_at" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "oauth_tokens" ADD COLUMN "leased_until" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "known_objects" DROP COLUMN "wanted_at";--> statement-breakpoint
ALTER TABLE "known_objects" DROP COLUMN "failures";