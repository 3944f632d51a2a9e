"""What a reader of the application sees: the brochure's rules as data, the views, and the change log."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute("""
    CREATE TABLE publication_rule (
        singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
        paid_offers_from date NOT NULL
    );
    INSERT INTO publication_rule (paid_offers_from) VALUES ('2018-10-15');

    -- The ten categories, and what each may be.
    CREATE TABLE category (
        code text PRIMARY KEY,
        label text NOT NULL,
        may_be_online boolean NOT NULL DEFAULT true,
        may_be_physical boolean NOT NULL DEFAULT true,
        reimbursed_online boolean NOT NULL DEFAULT false  -- digital books excepted, online is not reimbursed
    );
    INSERT INTO category (code, label, may_be_online, may_be_physical, reimbursed_online) VALUES
        ('musee_patrimoine', 'Musées / Patrimoine', true, true, false),
        ('spectacle_vivant', 'Spectacle vivant', true, true, false),
        ('pratique_artistique', 'Cours ou ateliers de pratique artistique', true, true, false),
        ('cinema', 'Cinéma', false, true, false),
        ('audiovisuel', 'Audiovisuel', true, true, false),
        ('musique', 'Musique', true, true, false),
        ('livre', 'Livre', true, true, true),
        ('presse', 'Presse', true, false, false),
        ('jeu_concours_tournoi', 'Jeu / Concours / Tournoi', true, true, false),
        ('dedicace_rencontre_conference', 'Dédicaces / Rencontres / Conférences', true, true, false);
    ALTER TABLE offer ADD CONSTRAINT offer_category FOREIGN KEY (category) REFERENCES category;
    ALTER TABLE venue ADD CONSTRAINT venue_default_category FOREIGN KEY (default_category) REFERENCES category;

    -- A stock that a reader can book now, but for what its offer says.
    CREATE VIEW bookable_stock AS
        SELECT stock.*, places_left(quantity, booked_quantity, offer_id, pool) AS places_left
        FROM stock, publication_rule
        WHERE stock.active
          AND coalesce(stock.booking_limit_at, stock.starts_at, 'infinity') > now()
          AND stock.price IS NOT NULL
          AND (stock.price = 0 OR now() >= paid_offers_from)
          AND stock.counting <> 'unknown'
          AND coalesce(places_left(quantity, booked_quantity, offer_id, pool) > 0, true);

    -- Why an offer is not published, the most pressing reason first; an empty array: it is.
    CREATE VIEW offer_publication AS
        SELECT offer.id AS offer_id, array_remove(ARRAY[
            CASE WHEN offer.deleted_at IS NOT NULL THEN 'offer_deleted' END,
            CASE WHEN NOT offer.active THEN 'offer_inactive' END,
            CASE WHEN offerer.validated_at IS NULL THEN 'offerer_not_validated' END,
            CASE WHEN offer.looks_like_id IS NOT NULL THEN 'looks_like_existing' END,
            CASE WHEN offer.title_says IS NOT NULL THEN 'title_says_cancelled' END,
            CASE WHEN offer.category IS NULL THEN 'no_category' END,
            CASE WHEN offer.is_online AND NOT category.may_be_online THEN 'digital_cinema' END,
            CASE WHEN NOT offer.is_online AND NOT category.may_be_physical THEN 'physical_press' END,
            CASE WHEN dates.upcoming = 0 THEN 'no_upcoming_date' END,
            CASE WHEN dates.upcoming > 0 AND dates.priced = 0 AND dates.proposed = 0 THEN 'price_unknown' END,
            CASE WHEN dates.upcoming > 0 AND dates.priced = 0 AND dates.proposed > 0 THEN 'price_to_confirm' END,
            CASE WHEN dates.priced > 0 AND dates.payable = 0 THEN 'paid_not_open' END,
            CASE WHEN dates.upcoming > 0 AND dates.counted = 0 THEN 'capacity_unknown' END,
            CASE WHEN dates.counted > 0 AND dates.left_over = 0 THEN 'sold_out' END
        ], NULL) AS reasons
        FROM offer
        JOIN venue ON venue.id = offer.venue_id
        JOIN offerer ON offerer.id = venue.offerer_id
        LEFT JOIN category ON category.code = offer.category
        CROSS JOIN publication_rule
        CROSS JOIN LATERAL (
            SELECT count(*) AS upcoming,
                count(*) FILTER (WHERE price IS NOT NULL) AS priced,
                count(*) FILTER (WHERE price_proposed IS NOT NULL) AS proposed,
                count(*) FILTER (WHERE price = 0 OR (price > 0 AND now() >= paid_offers_from)) AS payable,
                count(*) FILTER (WHERE counting <> 'unknown') AS counted,
                count(*) FILTER (WHERE counting <> 'unknown'
                    AND coalesce(places_left(quantity, booked_quantity, offer_id, pool) > 0, true)) AS left_over
            FROM stock
            WHERE stock.offer_id = offer.id AND stock.active
              AND coalesce(stock.booking_limit_at, stock.starts_at, 'infinity') > now()
        ) AS dates;

    CREATE FUNCTION why_not_published(offer bigint) RETURNS text[] LANGUAGE sql STABLE RETURN
        (SELECT reasons FROM offer_publication WHERE offer_id = why_not_published.offer);

    -- The question that an offer waits for, the most pressing first; null: none.
    CREATE FUNCTION held_question(offer bigint) RETURNS text LANGUAGE sql STABLE RETURN
        (SELECT reason FROM offer_publication CROSS JOIN unnest(reasons) WITH ORDINALITY AS r (reason, place)
         WHERE offer_id = held_question.offer AND reason IN ('looks_like_existing', 'title_says_cancelled',
            'no_category', 'price_unknown', 'price_to_confirm', 'capacity_unknown')
         ORDER BY place LIMIT 1);

    CREATE VIEW published_offer AS
        SELECT offer.* FROM offer JOIN offer_publication ON offer_id = offer.id
        WHERE reasons = '{}'
          AND EXISTS (SELECT FROM bookable_stock WHERE bookable_stock.offer_id = offer.id);
    CREATE VIEW published_stock AS
        SELECT bookable_stock.* FROM bookable_stock
        JOIN offer_publication USING (offer_id) WHERE reasons = '{}';

    -- What a reader sees of these offers changed, once a transaction; read it through `readable_offer_change`,
    -- whose rows can no longer be preceded by ones still uncommitted.
    CREATE TABLE offer_change (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        offer_id bigint NOT NULL,
        txid xid8 NOT NULL DEFAULT pg_current_xact_id(),
        at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (txid, offer_id)
    );
    CREATE VIEW readable_offer_change AS
        SELECT * FROM offer_change WHERE txid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY txid, id;

    CREATE FUNCTION note_offer_change(offers bigint[]) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
        IF cardinality(offers) > 0 THEN
            INSERT INTO offer_change (offer_id) SELECT DISTINCT unnest(offers) ON CONFLICT DO NOTHING;
            PERFORM pg_notify('offer_change', '');  -- the same payload: one notification a transaction
        END IF;
    END $$;

    -- Old and new rows are hashed together: a plan that was made for two rows would loop over ten thousand.
    CREATE FUNCTION offers_written() RETURNS trigger LANGUAGE plpgsql
    SET enable_nestloop = off SET enable_hashjoin = on AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
            PERFORM note_offer_change(ARRAY(SELECT id FROM new_rows));
        ELSE
            PERFORM note_offer_change(ARRAY(
                SELECT n.id FROM new_rows n JOIN old_rows o USING (id)
                WHERE (n.active, n.held_reason, n.deleted_at IS NULL, n.category, n.title, n.description,
                       n.image_url, n.image_credit, n.url, n.is_online, n.place_name, n.place_address,
                       n.place_postal_code, n.place_city, n.looks_like_id IS NULL, n.title_says IS NULL)
                   IS DISTINCT FROM
                      (o.active, o.held_reason, o.deleted_at IS NULL, o.category, o.title, o.description,
                       o.image_url, o.image_credit, o.url, o.is_online, o.place_name, o.place_address,
                       o.place_postal_code, o.place_city, o.looks_like_id IS NULL, o.title_says IS NULL)));
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER offers_inserted AFTER INSERT ON offer
        REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION offers_written();
    CREATE TRIGGER offers_updated AFTER UPDATE ON offer
        REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
        FOR EACH STATEMENT EXECUTE FUNCTION offers_written();

    CREATE FUNCTION stocks_written() RETURNS trigger LANGUAGE plpgsql
    SET enable_nestloop = off SET enable_hashjoin = on AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
            PERFORM note_offer_change(ARRAY(SELECT offer_id FROM new_rows));
        ELSE
            PERFORM note_offer_change(ARRAY(
                SELECT n.offer_id FROM new_rows n JOIN old_rows o USING (id)
                WHERE (n.active, n.starts_at, n.ends_at, n.booking_limit_at, n.label, n.price,
                       n.counting = 'unknown', n.quantity <= n.booked_quantity,
                       CASE WHEN n.pool IS NOT NULL THEN n.quantity - n.booked_quantity END)
                   IS DISTINCT FROM
                      (o.active, o.starts_at, o.ends_at, o.booking_limit_at, o.label, o.price,
                       o.counting = 'unknown', o.quantity <= o.booked_quantity,
                       CASE WHEN o.pool IS NOT NULL THEN o.quantity - o.booked_quantity END)));
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER stocks_inserted AFTER INSERT ON stock
        REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION stocks_written();
    CREATE TRIGGER stocks_updated AFTER UPDATE ON stock
        REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
        FOR EACH STATEMENT EXECUTE FUNCTION stocks_written();
    """)


def downgrade() -> None:
    op.execute("""
    DROP TRIGGER stocks_updated ON stock;
    DROP TRIGGER stocks_inserted ON stock;
    DROP TRIGGER offers_updated ON offer;
    DROP TRIGGER offers_inserted ON offer;
    DROP FUNCTION stocks_written(), offers_written(), note_offer_change(bigint[]);
    DROP VIEW readable_offer_change;
    DROP TABLE offer_change;
    DROP VIEW published_stock, published_offer;
    DROP FUNCTION why_not_published(bigint), held_question(bigint);
    DROP VIEW offer_publication, bookable_stock;
    ALTER TABLE venue DROP CONSTRAINT venue_default_category;
    ALTER TABLE offer DROP CONSTRAINT offer_category;
    DROP TABLE category, publication_rule;
    """)
