"""Structures and venues: the portal's own tables, which sync reads."""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute(r"""
    -- Letters without accents or case, words apart by one space: what search and look-alikes compare.
    CREATE FUNCTION fold(written text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
        btrim(regexp_replace(
            replace(replace(lower(regexp_replace(
                normalize(coalesce(written, ''), NFKD), '[\u0300-\u036f]', '', 'g')), 'œ', 'oe'), 'æ', 'ae'),
            '[^[:alnum:]]+', ' ', 'g'));

    CREATE TABLE offerer (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        siren text NOT NULL UNIQUE CHECK (siren ~ '^[0-9]{9}$'),
        name text NOT NULL,
        validated_at timestamptz
    );

    CREATE TABLE venue (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        offerer_id bigint NOT NULL REFERENCES offerer,
        siret text UNIQUE CHECK (siret ~ '^[0-9]{14}$'),
        name text NOT NULL,
        timezone text NOT NULL DEFAULT 'Europe/Paris',
        latitude double precision CHECK (latitude BETWEEN -90 AND 90),
        longitude double precision CHECK (longitude BETWEEN -180 AND 180),
        address text NOT NULL DEFAULT '',
        postal_code text NOT NULL DEFAULT '',
        city text NOT NULL DEFAULT '',
        default_category text,
        UNIQUE (offerer_id, name)
    );

    CREATE FUNCTION venue_siret_is_of_its_offerer() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.siret IS NOT NULL AND left(NEW.siret, 9) <> (SELECT siren FROM offerer WHERE id = NEW.offerer_id)
        THEN
            RAISE EXCEPTION 'the SIRET % does not start with its structure''s SIREN', NEW.siret
                USING ERRCODE = 'check_violation', CONSTRAINT = 'venue_siret_starts_with_siren';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER siret_starts_with_siren BEFORE INSERT OR UPDATE OF siret, offerer_id ON venue
        FOR EACH ROW EXECUTE FUNCTION venue_siret_is_of_its_offerer();
    """)


def downgrade() -> None:
    op.execute("""
    DROP TABLE venue, offerer;
    DROP FUNCTION venue_siret_is_of_its_offerer(), fold(text);
    """)
