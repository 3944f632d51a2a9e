"""Products, offers, stocks and bookings, with the triggers that keep their counts true."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("""
    CREATE TABLE product (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        ean text NOT NULL UNIQUE CHECK (ean ~ '^[0-9]{13}$'),
        record jsonb NOT NULL DEFAULT '{}',  -- what its best-ranked source says
        updated_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE TABLE product_source (
        product_id bigint NOT NULL REFERENCES product ON DELETE CASCADE,
        link_id bigint NOT NULL REFERENCES link,
        record jsonb NOT NULL,
        order_key text,
        withdrawn_at timestamptz,
        PRIMARY KEY (product_id, link_id)
    );

    CREATE TABLE offer (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        venue_id bigint NOT NULL REFERENCES venue,
        link_id bigint REFERENCES link,      -- present owner; null: typed by hand, or unlinked
        provider text,                       -- null: typed by hand
        origin_link_id bigint REFERENCES link,  -- part of the identity where refs are one feed's own
        ref text,
        product_id bigint REFERENCES product,
        category text,
        title text NOT NULL CHECK (title <> ''),
        title_folded text GENERATED ALWAYS AS (fold(title)) STORED,
        description text NOT NULL DEFAULT '',
        image_url text NOT NULL DEFAULT '',
        image_credit text NOT NULL DEFAULT '',
        url text NOT NULL DEFAULT '',
        is_online boolean NOT NULL DEFAULT false,
        place_name text,                     -- null: at the venue itself
        place_address text,
        place_postal_code text,
        place_city text,
        place_latitude double precision,
        place_longitude double precision,
        active boolean NOT NULL DEFAULT true,
        held_reason text,
        looks_like_id bigint REFERENCES offer,
        title_says text,
        price numeric(10, 2) CHECK (price >= 0),   -- a person's, for all its dates ('price' in fields_edited)
        capacity integer CHECK (capacity >= 0),    -- a person's, null = unlimited ('capacity' in fields_edited)
        deleted_at timestamptz,
        fields_edited text[] NOT NULL DEFAULT '{}',
        completeness smallint GENERATED ALWAYS AS (
            (image_url <> '')::int * 50 + (description <> '')::int * 25 + (length(description) >= 140)::int * 25
        ) STORED,
        last_run_id bigint,
        created_at timestamptz NOT NULL DEFAULT now(),
        CHECK ((provider IS NULL) = (ref IS NULL AND product_id IS NULL))
    );
    CREATE UNIQUE INDEX offer_of_ref ON offer (venue_id, provider, ref, origin_link_id) NULLS NOT DISTINCT
        WHERE provider IS NOT NULL AND product_id IS NULL;
    CREATE UNIQUE INDEX offer_of_product ON offer (venue_id, product_id) WHERE product_id IS NOT NULL;
    -- The title first: a lookup by venue and product must not be lured to an index of the venue's offers.
    CREATE INDEX offer_of_title ON offer (title_folded, venue_id);
    CREATE INDEX offer_of_link ON offer (link_id);

    CREATE TABLE stock (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        offer_id bigint NOT NULL REFERENCES offer ON DELETE CASCADE,
        ref text NOT NULL,
        starts_at timestamptz,
        ends_at timestamptz,
        booking_limit_at timestamptz,
        label text NOT NULL DEFAULT '',
        price numeric(10, 2) CHECK (price >= 0),
        price_proposed numeric(10, 2) CHECK (price_proposed >= 0),
        price_sentence text NOT NULL DEFAULT '',
        counting text NOT NULL DEFAULT 'unknown'
            CHECK (counting IN ('deducts', 'shelf', 'capacity', 'unlimited', 'unknown')),
        remaining_at_provider integer,
        capacity integer,
        snapshot_at timestamptz,             -- when the partner was asked: before the request went out
        answered_at timestamptz,             -- when its answer was in: by then it had counted
        quantity integer,                    -- null = unlimited
        booked_quantity integer NOT NULL DEFAULT 0 CHECK (booked_quantity >= 0),
        booking_changed_at timestamptz,
        pool text,
        active boolean NOT NULL DEFAULT true,
        kept_at timestamptz,                 -- a person keeps it although its source dropped it
        fields_edited text[] NOT NULL DEFAULT '{}',
        created_run_id bigint,
        last_run_id bigint,
        UNIQUE (offer_id, ref),
        CONSTRAINT stock_never_oversold CHECK (booked_quantity <= quantity)
    );
    CREATE INDEX stock_by_start ON stock (starts_at);

    CREATE TABLE booking (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        stock_id bigint NOT NULL REFERENCES stock,
        token text NOT NULL UNIQUE CHECK (token ~ '^[A-Z0-9]{6}$'),  -- la contremarque
        quantity integer NOT NULL DEFAULT 1 CHECK (quantity > 0),
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        cancelled_at timestamptz,
        used_at timestamptz
    );
    CREATE INDEX booking_of_stock ON booking (stock_id);

    -- Keeps stock.booked_quantity; refuses what the stock, or the pool it shares, cannot bear.
    CREATE FUNCTION booking_counts() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        before_stock bigint; before_count integer := 0;
        after_stock bigint; after_count integer := 0;
        of_offer bigint; of_pool text;
    BEGIN
        IF TG_OP <> 'INSERT' THEN
            before_stock := OLD.stock_id;
            before_count := CASE WHEN OLD.cancelled_at IS NULL THEN OLD.quantity ELSE 0 END;
        END IF;
        IF TG_OP <> 'DELETE' THEN
            after_stock := NEW.stock_id;
            after_count := CASE WHEN NEW.cancelled_at IS NULL THEN NEW.quantity ELSE 0 END;
        END IF;
        -- A pool's stocks are locked together, by id, before any of them changes; again where a
        -- synchronisation put the stock into another pool meanwhile.
        WHILE after_stock IS NOT NULL LOOP
            SELECT offer_id, pool INTO of_offer, of_pool FROM stock WHERE id = after_stock;
            PERFORM 1 FROM stock WHERE id = after_stock OR (offer_id = of_offer AND pool = of_pool)
                ORDER BY id FOR NO KEY UPDATE;
            EXIT WHEN (SELECT pool IS NOT DISTINCT FROM of_pool FROM stock WHERE id = after_stock);
        END LOOP;
        IF before_stock IS NOT NULL AND before_stock IS DISTINCT FROM after_stock THEN
            PERFORM 1 FROM stock WHERE id IN (before_stock, after_stock) ORDER BY id FOR NO KEY UPDATE;
            UPDATE stock SET booked_quantity = booked_quantity - before_count,
                             booking_changed_at = clock_timestamp() WHERE id = before_stock;
            PERFORM give_no_more(before_stock);
            before_count := 0;
        END IF;
        IF after_stock IS NOT NULL THEN
            UPDATE stock SET booked_quantity = booked_quantity + after_count - before_count,
                             booking_changed_at = clock_timestamp() WHERE id = after_stock;
            IF after_count < before_count THEN
                PERFORM give_no_more(after_stock);
            ELSIF after_count > before_count AND pool_left(of_offer, of_pool) < 0 THEN
                RAISE EXCEPTION 'the pool « % » has no place left', of_pool
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'pool_never_oversold';
            END IF;
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER counts AFTER INSERT OR DELETE OR UPDATE OF stock_id, quantity, cancelled_at, used_at
        ON booking FOR EACH ROW EXECUTE FUNCTION booking_counts();

    -- Places of a stock's bookings that the partner's count no longer held when it counted, at some
    -- instant between the request and the answer. A booking made or cancelled in between may or may not
    -- have been in its count: taken as not out, which is never a place too many. Nor is it known that what
    -- was fetched from a shelf, and cancelled, was put back.
    CREATE FUNCTION places_out(of_stock bigint, counting text, asked_at timestamptz, answered_at timestamptz)
    RETURNS integer LANGUAGE sql STABLE AS $$
        SELECT coalesce(sum(quantity), 0)::integer FROM booking
        WHERE stock_id = of_stock AND CASE counting
            WHEN 'deducts' THEN created_at < asked_at
                AND (cancelled_at IS NULL OR cancelled_at >= greatest(asked_at, answered_at))
            WHEN 'shelf' THEN used_at < asked_at AND cancelled_at IS NULL
        END
    $$;

    -- Places that a shared room still has, below zero when it was sold over our heads; null: no limit,
    -- or no room. What is counted of each of its stocks is at most what the room's own count is, so the
    -- largest of them is the most that is known of it. Withdrawn stocks sell nothing; their bookings sit.
    CREATE FUNCTION pool_left(of_offer bigint, of_pool text) RETURNS integer LANGUAGE sql STABLE AS $$
        SELECT CASE WHEN NOT bool_or(active AND quantity IS NULL) THEN
            (coalesce(max(quantity - out) FILTER (WHERE active), 0) + sum(out) - sum(booked_quantity))::integer END
        FROM stock
        CROSS JOIN LATERAL places_out(stock.id, counting, snapshot_at, stock.answered_at) AS out
        WHERE offer_id = of_offer AND pool = of_pool AND coalesce(ends_at, starts_at, 'infinity') >= now()
    $$;

    -- What a reader can still book of a stock: its own places, and no more than its room has; null: no limit.
    CREATE FUNCTION places_left(quantity integer, booked integer, of_offer bigint, of_pool text)
    RETURNS integer LANGUAGE sql STABLE RETURN
        least(quantity - booked, CASE WHEN of_pool IS NOT NULL THEN greatest(pool_left(of_offer, of_pool), 0) END);

    -- What the partner's count leaves us of each stock. Call it with the rows already locked, in a
    -- statement of its own: a waiting UPDATE would pair the new row with an old sum of bookings.
    CREATE FUNCTION count_stock(stocks bigint[]) RETURNS TABLE (stock_id bigint, places integer)
    LANGUAGE sql STABLE ROWS 500 AS $$
        SELECT stock.id,
            CASE
                WHEN NOT stock.active THEN stock.booked_quantity
                WHEN counting = 'unlimited' THEN NULL
                WHEN counting = 'unknown' THEN stock.booked_quantity
                WHEN counting = 'capacity' THEN greatest(stock.booked_quantity, stock.capacity)
                ELSE greatest(stock.booked_quantity, remaining_at_provider + coalesce(out.places, 0))
            END::integer
        FROM stock
        LEFT JOIN LATERAL (
            SELECT sum(booking.quantity) AS places FROM booking
            WHERE booking.stock_id = stock.id AND CASE counting
                WHEN 'deducts' THEN booking.created_at < snapshot_at AND (booking.cancelled_at IS NULL
                    OR booking.cancelled_at >= greatest(snapshot_at, answered_at))
                WHEN 'shelf' THEN booking.used_at < snapshot_at AND booking.cancelled_at IS NULL
            END
        ) AS out ON stock.counting IN ('deducts', 'shelf') AND stock.booking_changed_at IS NOT NULL
        WHERE stock.id = ANY (stocks)
    $$;

    -- Called when a booking left an imported stock: where more was booked than the partner had, its
    -- quantity was what is booked, and a place that comes back is not there to be sold.
    CREATE FUNCTION give_no_more(of_stock bigint) RETURNS void LANGUAGE sql AS $$
        UPDATE stock SET quantity = counted.places FROM count_stock(ARRAY[of_stock]) AS counted
        WHERE stock.id = counted.stock_id AND stock.created_run_id IS NOT NULL AND counted.places < stock.quantity
    $$;
    """)


def downgrade() -> None:
    op.execute("""
    DROP FUNCTION give_no_more(bigint), count_stock(bigint[]), places_left(integer, integer, bigint, text),
        pool_left(bigint, text), places_out(bigint, text, timestamptz, timestamptz);
    DROP TABLE booking, stock, offer, product_source, product;
    DROP FUNCTION booking_counts();
    """)
