-- Every bulk statement of the sync engine. A page is staged in temporary tables, planned there by
-- set-based comparison with what we hold, then applied; a preview stops after the plan. Names
-- without a schema find a preview's temporary tables before the real ones.

-- name: prepare
-- Makes a session's staging tables, emptied at each commit.
CREATE TEMP TABLE IF NOT EXISTS staged_item (
    kind text NOT NULL, ref text NOT NULL, fingerprint bytea, order_key text,
    left_out text, last_record jsonb, again boolean NOT NULL
) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS staged_offer (
    ref text PRIMARY KEY, category text, title text NOT NULL, description text NOT NULL,
    image_url text NOT NULL, image_credit text NOT NULL, url text NOT NULL, is_online boolean NOT NULL,
    place_name text, place_address text, place_postal_code text, place_city text,
    place_latitude double precision, place_longitude double precision, title_says text
) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS staged_stock (
    offer_ref text NOT NULL, ref text NOT NULL, starts_at timestamptz, ends_at timestamptz,
    booking_limit_at timestamptz, label text NOT NULL, price numeric(10, 2), price_proposed numeric(10, 2),
    price_sentence text NOT NULL, counting text NOT NULL, remaining integer, capacity integer,
    snapshot_at timestamptz, pool text, cancelled boolean NOT NULL,
    answered_at timestamptz NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY (offer_ref, ref)
) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS planned_offer (
    ref text PRIMARY KEY, offer_id bigint, action text NOT NULL, visible boolean NOT NULL,
    category text, new_category text, title text, description text, image_url text, image_credit text,
    url text, is_online boolean, place_name text, place_address text, place_postal_code text,
    place_city text, place_latitude double precision, place_longitude double precision,
    title_says text, active boolean NOT NULL, looks_like_id bigint, held_reason text, was_held text
) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS planned_stock (
    offer_ref text NOT NULL, ref text NOT NULL, stock_id bigint, action text NOT NULL,
    starts_at timestamptz, ends_at timestamptz, booking_limit_at timestamptz, label text,
    price numeric(10, 2), new_price numeric(10, 2), price_deferred boolean NOT NULL,
    price_proposed numeric(10, 2), price_sentence text, counting text, remaining integer,
    capacity integer, snapshot_at timestamptz, answered_at timestamptz, pool text, active boolean NOT NULL,
    loses_booked boolean NOT NULL, moves_booked_from timestamptz, PRIMARY KEY (offer_ref, ref)
) ON COMMIT DELETE ROWS;

-- name: prepare_preview
-- Gives a preview tables of its own for all that it plans with: it writes nothing that others see.
-- What it would make is numbered downwards from -1.
CREATE TEMP SEQUENCE previewed INCREMENT BY -1;
CREATE TEMP TABLE offer (LIKE public.offer INCLUDING DEFAULTS INCLUDING INDEXES);
CREATE TEMP TABLE stock (LIKE public.stock INCLUDING DEFAULTS INCLUDING INDEXES);
CREATE TEMP TABLE seen_mark (LIKE public.seen_mark INCLUDING ALL);
CREATE TEMP TABLE withdrawal_item (LIKE public.withdrawal_item INCLUDING ALL);
CREATE TEMP TABLE source_item (LIKE public.source_item INCLUDING ALL EXCLUDING IDENTITY);
ALTER TABLE offer ALTER COLUMN id SET DEFAULT nextval('previewed');
ALTER TABLE stock ALTER COLUMN id SET DEFAULT nextval('previewed');
ALTER TABLE source_item ALTER COLUMN id SET DEFAULT nextval('previewed');

-- name: copy_offers
-- The whole venue's: what another link holds, or a person typed, counts too.
INSERT INTO offer SELECT * FROM public.offer
WHERE link_id = %(link)s OR venue_id = (SELECT venue_id FROM link WHERE id = %(link)s);

-- name: copy_stocks
INSERT INTO stock SELECT stock.* FROM public.stock AS stock JOIN offer ON offer.id = stock.offer_id;

-- name: copy_source_items
INSERT INTO source_item SELECT * FROM public.source_item WHERE link_id = %(link)s;

-- name: copy_withdrawal_items
-- A preview starts from what earlier runs left undecided.
INSERT INTO withdrawal_item (link_id, change, source_item_id, offer_id, stock_id, new_price, new_category, run_id)
SELECT link_id, change, source_item_id, offer_id, stock_id, new_price, new_category, run_id
FROM public.withdrawal_item WHERE link_id = %(link)s;

-- name: identify
-- What we hold of a page's items, and whether this run met them already; those `away` or `troubled`
-- are read anew.
SELECT page.kind, page.ref, item.id, item.fingerprint, item.order_key, item.left_out, item.offer_id,
       item.withdrawn_at IS NOT NULL OR item.kept_at IS NOT NULL
           OR item.left_out = 'held_elsewhere'
               AND NOT EXISTS (SELECT FROM held_offer WHERE held_offer.offer_id = item.offer_id) AS away,
       EXISTS (SELECT FROM quarantine AS q
               WHERE q.link_id = %(link)s AND q.kind = page.kind AND q.ref = page.ref) AS troubled,
       item.last_run_id IS NOT DISTINCT FROM %(run)s AS written,
       item.id IS NOT NULL AS known, mark.fingerprint AS met,
       offer.held_reason IS NOT NULL AND offer.active AND offer.link_id = %(link)s AS held
FROM unnest(%(kinds)s::text[], %(refs)s::text[]) AS page (kind, ref)
LEFT JOIN source_item AS item ON item.link_id = %(link)s AND item.kind = page.kind AND item.ref = page.ref
LEFT JOIN offer ON offer.id = item.offer_id AND item.left_out IS NULL
LEFT JOIN seen_mark AS mark ON mark.run_id = %(run)s AND mark.kind = page.kind AND mark.ref = page.ref;

-- name: last_records
-- The kept records of one kind, to compute offers that two kinds of item make together.
SELECT ref, fingerprint, order_key, last_record
FROM source_item
WHERE link_id = %(link)s AND kind = %(kind)s AND ref = ANY (%(refs)s) AND last_record IS NOT NULL
  AND withdrawn_at IS NULL AND kept_at IS NULL;

-- name: price_answers
-- What a person answered for these price sentences on this link.
SELECT sentence, price FROM price_answer WHERE link_id = %(link)s AND sentence = ANY (%(sentences)s);

-- name: lock
-- Takes the locks of a page in the one order that everybody keeps: offers by id, then stocks by id.
SELECT count(*) FROM (
    SELECT offer.id FROM staged_offer JOIN offer
        ON offer.venue_id = %(venue)s AND offer.provider = %(provider)s AND offer.ref = staged_offer.ref
        AND offer.origin_link_id IS NOT DISTINCT FROM %(origin)s AND offer.product_id IS NULL
    ORDER BY offer.id FOR NO KEY UPDATE OF offer
) AS locked;

-- name: lock_stocks
SELECT count(*) FROM (
    SELECT stock.id FROM staged_offer JOIN offer
        ON offer.venue_id = %(venue)s AND offer.provider = %(provider)s AND offer.ref = staged_offer.ref
        AND offer.origin_link_id IS NOT DISTINCT FROM %(origin)s AND offer.product_id IS NULL
    JOIN stock ON stock.offer_id = offer.id
    ORDER BY stock.id FOR NO KEY UPDATE OF stock
) AS locked;

-- name: plan_offers
-- Says of each staged offer what would become of it; what a person edited stays.
INSERT INTO planned_offer
SELECT ref, id, CASE
        WHEN id IS NULL THEN 'create'
        WHEN deleted THEN 'deleted'
        WHEN elsewhere THEN 'elsewhere'
        WHEN adopted OR changed THEN 'update'
        ELSE 'same'
    END,
    visible, category, new_category, title, description, image_url, image_credit, url, is_online,
    place_name, place_address, place_postal_code, place_city, place_latitude, place_longitude,
    title_says, active, looks_like_id, NULL, was_held
FROM (
    SELECT wanted.*,
        (wanted.category, wanted.title, wanted.description, wanted.image_url, wanted.image_credit, wanted.url,
         wanted.is_online, wanted.place_name, wanted.place_address, wanted.place_postal_code, wanted.place_city,
         wanted.place_latitude, wanted.place_longitude, wanted.title_says, wanted.active)
        IS DISTINCT FROM
        (offer.category, offer.title, offer.description, offer.image_url, offer.image_credit, offer.url,
         offer.is_online, offer.place_name, offer.place_address, offer.place_postal_code, offer.place_city,
         offer.place_latitude, offer.place_longitude, offer.title_says, offer.active) AS changed
    FROM (
        SELECT s.ref, o.id, o.deleted_at IS NOT NULL AS deleted,
            o.link_id IS DISTINCT FROM %(link)s
                AND EXISTS (SELECT FROM held_offer WHERE held_offer.offer_id = o.id) AS elsewhere,
            o.id IS NOT NULL AND o.link_id IS DISTINCT FROM %(link)s AS adopted,
            coalesce(o.active AND o.held_reason IS NULL, false) AS visible,
            CASE WHEN 'category' = ANY (o.fields_edited) THEN o.category
                 WHEN o.active AND o.held_reason IS NULL AND o.category <> s.category THEN o.category
                 ELSE coalesce(s.category, o.category) END AS category,
            CASE WHEN o.active AND o.held_reason IS NULL AND o.category <> s.category
                  AND NOT 'category' = ANY (o.fields_edited) THEN s.category END AS new_category,
            CASE WHEN 'title' = ANY (o.fields_edited) THEN o.title ELSE s.title END AS title,
            CASE WHEN 'description' = ANY (o.fields_edited) THEN o.description ELSE s.description END AS description,
            CASE WHEN 'image_url' = ANY (o.fields_edited) THEN o.image_url ELSE s.image_url END AS image_url,
            CASE WHEN 'image_url' = ANY (o.fields_edited) THEN o.image_credit ELSE s.image_credit END AS image_credit,
            CASE WHEN 'url' = ANY (o.fields_edited) THEN o.url ELSE s.url END AS url,
            CASE WHEN 'is_online' = ANY (o.fields_edited) THEN o.is_online ELSE s.is_online END AS is_online,
            CASE WHEN 'place' = ANY (o.fields_edited) THEN o.place_name ELSE s.place_name END AS place_name,
            CASE WHEN 'place' = ANY (o.fields_edited) THEN o.place_address ELSE s.place_address END AS place_address,
            CASE WHEN 'place' = ANY (o.fields_edited) THEN o.place_postal_code
                 ELSE s.place_postal_code END AS place_postal_code,
            CASE WHEN 'place' = ANY (o.fields_edited) THEN o.place_city ELSE s.place_city END AS place_city,
            CASE WHEN 'place' = ANY (o.fields_edited) THEN o.place_latitude ELSE s.place_latitude END AS place_latitude,
            CASE WHEN 'place' = ANY (o.fields_edited) THEN o.place_longitude
                 ELSE s.place_longitude END AS place_longitude,
            CASE WHEN 'title_says' = ANY (o.fields_edited) THEN o.title_says ELSE s.title_says END AS title_says,
            CASE WHEN 'active' = ANY (o.fields_edited) THEN o.active ELSE true END AS active,
            o.looks_like_id, o.held_reason AS was_held
        FROM staged_offer AS s
        LEFT JOIN offer AS o
            ON o.venue_id = %(venue)s AND o.provider = %(provider)s AND o.ref = s.ref
            AND o.origin_link_id IS NOT DISTINCT FROM %(origin)s AND o.product_id IS NULL
    ) AS wanted
    LEFT JOIN offer ON offer.id = wanted.id
) AS compared;

-- name: plan_lookalikes
-- A new offer that looks like one of another origin: same folded title, a date within 30 minutes.
UPDATE planned_offer SET looks_like_id = twin.id
FROM (
    SELECT DISTINCT ON (p.ref) p.ref, other.id
    FROM planned_offer AS p
    JOIN offer AS other
        ON other.venue_id = %(venue)s AND other.title_folded = fold(p.title)
        AND other.active AND other.deleted_at IS NULL AND other.link_id IS DISTINCT FROM %(link)s
    JOIN stock ON stock.offer_id = other.id AND stock.active
    JOIN staged_stock AS s ON s.offer_ref = p.ref
        AND s.starts_at BETWEEN stock.starts_at - interval '30 minutes' AND stock.starts_at + interval '30 minutes'
    WHERE p.action = 'create'
    ORDER BY p.ref, other.id
) AS twin
WHERE planned_offer.ref = twin.ref;

-- name: plan_stocks
-- Says of each staged stock what would become of it. A price that readers see is not changed here:
-- the change waits for the end of the traversal, where the guard judges all of them together.
INSERT INTO planned_stock
SELECT offer_ref, ref, id, CASE
        WHEN id IS NULL THEN 'create'
        WHEN changed THEN 'update'
        ELSE 'same'
    END,
    starts_at, ends_at, booking_limit_at, label, price, new_price, price_deferred, price_proposed,
    price_sentence, counting, remaining, capacity, snapshot_at, answered_at, pool, active, loses_booked,
    moves_booked_from
FROM (
    SELECT wanted.*,
        (wanted.starts_at, wanted.ends_at, wanted.booking_limit_at, wanted.label, wanted.price,
         wanted.price_proposed, wanted.price_sentence, wanted.counting, wanted.remaining, wanted.capacity,
         wanted.snapshot_at, wanted.pool, wanted.active, NULL::timestamptz)
        IS DISTINCT FROM
        (stock.starts_at, stock.ends_at, stock.booking_limit_at, stock.label, stock.price,
         stock.price_proposed, stock.price_sentence, stock.counting, stock.remaining_at_provider, stock.capacity,
         stock.snapshot_at, stock.pool, stock.active, stock.kept_at) AS changed
    FROM (
        SELECT s.offer_ref, s.ref, k.id,
            CASE WHEN 'starts_at' = ANY (k.fields_edited) THEN k.starts_at ELSE s.starts_at END AS starts_at,
            CASE WHEN 'starts_at' = ANY (k.fields_edited) THEN k.ends_at ELSE s.ends_at END AS ends_at,
            CASE WHEN 'booking_limit_at' = ANY (k.fields_edited) THEN k.booking_limit_at
                 ELSE s.booking_limit_at END AS booking_limit_at,
            s.label,
            CASE WHEN edited.price OR edited.deferred THEN k.price
                 WHEN 'price' = ANY (o.fields_edited) THEN o.price
                 ELSE s.price END AS price,
            s.price AS new_price,
            edited.deferred AS price_deferred,
            CASE WHEN 'price' = ANY (o.fields_edited) THEN NULL ELSE s.price_proposed END AS price_proposed,
            s.price_sentence,
            CASE WHEN 'capacity' = ANY (k.fields_edited) THEN k.counting
                 WHEN 'capacity' = ANY (o.fields_edited) AND s.counting IN ('capacity', 'unlimited', 'unknown')
                     THEN CASE WHEN o.capacity IS NULL THEN 'unlimited' ELSE 'capacity' END
                 ELSE s.counting END AS counting,
            s.remaining,
            CASE WHEN 'capacity' = ANY (k.fields_edited) THEN k.capacity
                 WHEN 'capacity' = ANY (o.fields_edited) AND s.counting IN ('capacity', 'unlimited', 'unknown')
                     THEN o.capacity
                 ELSE s.capacity END AS capacity,
            s.snapshot_at, CASE WHEN s.snapshot_at IS NOT NULL THEN s.answered_at END AS answered_at, s.pool,
            CASE WHEN 'active' = ANY (k.fields_edited) OR edited.over THEN k.active
                 ELSE NOT s.cancelled END AS active,
            coalesce(s.cancelled AND k.active AND k.booked_quantity > 0 AND NOT edited.over
                AND NOT 'active' = ANY (k.fields_edited), false) AS loses_booked,
            CASE WHEN k.booked_quantity > 0 AND k.active AND k.starts_at <> s.starts_at
                  AND NOT 'starts_at' = ANY (k.fields_edited) THEN k.starts_at END AS moves_booked_from
        FROM staged_stock AS s
        JOIN planned_offer AS p ON p.ref = s.offer_ref AND p.action IN ('create', 'update', 'same')
        LEFT JOIN offer AS o ON o.id = p.offer_id
        LEFT JOIN stock AS k ON k.offer_id = p.offer_id AND k.ref = s.ref
            -- a booked date that is over stays where it was: its session, moved on, is another date
            AND NOT (k.booked_quantity > 0 AND coalesce(k.ends_at, k.starts_at, 'infinity') < now()
                     AND s.starts_at >= now())
        CROSS JOIN LATERAL (SELECT
            coalesce('price' = ANY (k.fields_edited), false) AS price,
            coalesce(k.ends_at, k.starts_at, 'infinity') < now() AS over,
            coalesce(p.visible AND k.active AND k.price IS NOT NULL AND k.price IS DISTINCT FROM s.price
                AND coalesce(k.ends_at, k.starts_at, 'infinity') >= now()
                AND NOT 'price' = ANY (k.fields_edited || o.fields_edited), false) AS deferred
        ) AS edited
    ) AS wanted
    LEFT JOIN stock ON stock.id = wanted.id
) AS compared;

-- name: plan_held
-- Which question each planned offer waits for, the most pressing first; the view
-- `offer_publication` says the same of offers that are written.
UPDATE planned_offer AS p SET
    held_reason = CASE
        WHEN p.looks_like_id IS NOT NULL THEN 'looks_like_existing'
        WHEN p.title_says IS NOT NULL THEN 'title_says_cancelled'
        WHEN p.category IS NULL THEN 'no_category'
        WHEN dates.upcoming > 0 AND dates.priced = 0 AND dates.proposed = 0 THEN 'price_unknown'
        WHEN dates.upcoming > 0 AND dates.priced = 0 THEN 'price_to_confirm'
        WHEN dates.upcoming > 0 AND dates.counted = 0 THEN 'capacity_unknown'
    END
FROM (
    SELECT offer_ref, count(*) AS upcoming, count(price) AS priced, count(price_proposed) AS proposed,
        count(*) FILTER (WHERE counting <> 'unknown') AS counted
    FROM (
        SELECT offer_ref, price, price_proposed, counting FROM planned_stock
        WHERE active AND coalesce(booking_limit_at, starts_at, 'infinity') > now()
        UNION ALL
        SELECT p.ref, stock.price, stock.price_proposed, stock.counting
        FROM planned_offer AS p JOIN stock ON stock.offer_id = p.offer_id
        WHERE stock.active AND coalesce(stock.booking_limit_at, stock.starts_at, 'infinity') > now()
          AND NOT EXISTS (SELECT FROM planned_stock AS s WHERE s.offer_ref = p.ref AND s.ref = stock.ref)
    ) AS upcoming GROUP BY offer_ref
    UNION ALL
    SELECT ref, 0, 0, 0, 0 FROM planned_offer WHERE NOT EXISTS (
        SELECT FROM planned_stock AS s WHERE s.offer_ref = planned_offer.ref
            AND s.active AND coalesce(s.booking_limit_at, s.starts_at, 'infinity') > now()
        UNION ALL
        SELECT FROM stock WHERE stock.offer_id = planned_offer.offer_id AND stock.active
            AND coalesce(stock.booking_limit_at, stock.starts_at, 'infinity') > now()
            AND NOT EXISTS (SELECT FROM planned_stock AS s
                            WHERE s.offer_ref = planned_offer.ref AND s.ref = stock.ref))
) AS dates
WHERE dates.offer_ref = p.ref AND p.action IN ('create', 'update', 'same');

-- name: plan_held_changes
UPDATE planned_offer SET action = 'update' WHERE action = 'same' AND held_reason IS DISTINCT FROM was_held;

-- name: note_listed
-- What is listed again is no longer at stake, nor what another link held before.
DELETE FROM withdrawal_item AS w
WHERE w.link_id = %(link)s AND w.change IN ('unlisted', 'price')
        AND w.stock_id IN (SELECT stock_id FROM planned_stock)
    OR (w.link_id <> %(link)s OR w.change IN ('absent', 'filtered', 'category'))
        AND w.offer_id IN (SELECT offer_id FROM planned_offer WHERE action IN ('update', 'same'));

-- name: note_losses
-- What could be taken from readers, kept until the end of a complete traversal judges it: dates that
-- their event no longer lists, items that the settings or their place now leave out, prices and
-- categories that readers see.
INSERT INTO withdrawal_item (link_id, change, source_item_id, offer_id, stock_id, new_price, new_category, run_id)
SELECT %(link)s::bigint, 'unlisted', NULL::bigint, p.offer_id, stock.id, NULL::numeric, NULL::text, %(run)s::bigint
FROM planned_offer AS p JOIN stock ON stock.offer_id = p.offer_id
WHERE p.action IN ('update', 'same') AND stock.active AND stock.kept_at IS NULL
  AND NOT 'active' = ANY (stock.fields_edited)
  AND coalesce(stock.ends_at, stock.starts_at, 'infinity') >= now()
  AND NOT EXISTS (SELECT FROM staged_stock AS s WHERE s.offer_ref = p.ref AND s.ref = stock.ref)
UNION ALL
SELECT %(link)s, 'filtered', item.id, item.offer_id, NULL, NULL, NULL, %(run)s
FROM staged_item AS s
JOIN source_item AS item ON item.link_id = %(link)s AND item.kind = s.kind AND item.ref = s.ref
JOIN offer ON offer.id = item.offer_id AND offer.active AND offer.link_id = %(link)s
WHERE s.left_out IS NOT NULL AND item.left_out IS NULL
UNION ALL
SELECT %(link)s, 'price', NULL, p.offer_id, s.stock_id, s.new_price, NULL, %(run)s
FROM planned_stock AS s JOIN planned_offer AS p ON p.ref = s.offer_ref WHERE s.price_deferred
UNION ALL
SELECT %(link)s, 'category', NULL, p.offer_id, NULL, NULL, p.new_category, %(run)s
FROM planned_offer AS p WHERE p.new_category IS NOT NULL AND p.action IN ('update', 'same')
ON CONFLICT (link_id, change, offer_id, stock_id) DO UPDATE
    SET new_price = excluded.new_price, new_category = excluded.new_category;

-- name: count_plan
-- What a page's plan comes to. An offer that an earlier page of the run wrote, for its detail, is
-- counted there.
SELECT
    (SELECT count(*) FROM planned_offer WHERE action = 'create') AS offers_created,
    (SELECT count(*) FROM planned_offer JOIN offer ON offer.id = offer_id
        WHERE action = 'update' AND offer.last_run_id IS DISTINCT FROM %(run)s) AS offers_updated,
    (SELECT count(*) FROM planned_offer WHERE action IN ('create', 'update', 'same')
        AND held_reason IS NOT NULL
        AND ref NOT IN (SELECT ref FROM staged_item WHERE again AND kind = %(primary)s)) AS held,
    (SELECT count(*) FROM planned_offer WHERE action = 'elsewhere') AS held_elsewhere,
    (SELECT count(*) FROM planned_offer WHERE action = 'deleted') AS deleted_by_hand,
    (SELECT count(*) FROM planned_stock WHERE action = 'create') AS stocks_created,
    (SELECT count(*) FROM planned_stock AS s JOIN stock ON stock.id = s.stock_id
        WHERE s.action = 'update' AND stock.last_run_id IS DISTINCT FROM %(run)s) AS stocks_updated;

-- name: planned_changes
-- The offers that a preview tells of.
SELECT p.ref, p.title, p.action, p.held_reason,
    (SELECT count(*) FROM planned_stock AS s WHERE s.offer_ref = p.ref AND s.action = 'create') AS dates_made,
    (SELECT count(*) FROM planned_stock AS s WHERE s.offer_ref = p.ref AND s.action = 'update') AS dates_changed
FROM planned_offer AS p
WHERE p.action IN ('create', 'update') OR EXISTS (
    SELECT FROM planned_stock AS s WHERE s.offer_ref = p.ref AND s.action <> 'same')
ORDER BY p.title;

-- name: insert_offers
WITH made AS (
    INSERT INTO offer (venue_id, link_id, provider, origin_link_id, ref, category, title, description,
        image_url, image_credit, url, is_online, place_name, place_address, place_postal_code, place_city,
        place_latitude, place_longitude, title_says, active, looks_like_id, held_reason, last_run_id)
    SELECT %(venue)s, %(link)s, %(provider)s, %(origin)s, ref, category, title, description, image_url,
        image_credit, url, is_online, place_name, place_address, place_postal_code, place_city,
        place_latitude, place_longitude, title_says, active, looks_like_id, held_reason, %(run)s
    FROM planned_offer WHERE action = 'create' ORDER BY ref
    ON CONFLICT DO NOTHING
    RETURNING id, ref
)
UPDATE planned_offer SET offer_id = made.id FROM made WHERE planned_offer.ref = made.ref;

-- name: offers_not_made
-- Another link made the same offer meanwhile: the page is planned again.
SELECT count(*) FROM planned_offer WHERE action = 'create' AND offer_id IS NULL;

-- name: update_offers
UPDATE offer SET link_id = %(link)s, category = p.category, title = p.title, description = p.description,
    image_url = p.image_url, image_credit = p.image_credit, url = p.url, is_online = p.is_online,
    place_name = p.place_name, place_address = p.place_address, place_postal_code = p.place_postal_code,
    place_city = p.place_city, place_latitude = p.place_latitude, place_longitude = p.place_longitude,
    title_says = p.title_says, active = p.active, held_reason = p.held_reason, last_run_id = %(run)s
FROM planned_offer AS p WHERE p.action = 'update' AND offer.id = p.offer_id;

-- name: set_past_aside
-- Frees the refs of booked dates that are over and whose sessions come again as other dates.
UPDATE stock SET ref = 'over ' || stock.id
FROM planned_stock AS s JOIN planned_offer AS p ON p.ref = s.offer_ref
WHERE s.action = 'create' AND stock.offer_id = p.offer_id AND stock.ref = s.ref;

-- name: insert_stocks
INSERT INTO stock (offer_id, ref, starts_at, ends_at, booking_limit_at, label, price, price_proposed,
    price_sentence, counting, remaining_at_provider, capacity, snapshot_at, answered_at, quantity, pool, active,
    created_run_id, last_run_id)
SELECT p.offer_id, s.ref, s.starts_at, s.ends_at, s.booking_limit_at, s.label, s.price, s.price_proposed,
    s.price_sentence, s.counting, s.remaining, s.capacity, s.snapshot_at, s.answered_at,
    CASE WHEN NOT s.active OR s.counting = 'unknown' THEN 0
         WHEN s.counting = 'capacity' THEN s.capacity
         WHEN s.counting = 'unlimited' THEN NULL
         ELSE greatest(s.remaining, 0) END,
    s.pool, s.active, %(run)s, %(run)s
FROM planned_stock AS s JOIN planned_offer AS p ON p.ref = s.offer_ref
WHERE s.action = 'create' ORDER BY p.offer_id, s.ref;

-- name: update_stocks
UPDATE stock SET starts_at = s.starts_at, ends_at = s.ends_at, booking_limit_at = s.booking_limit_at,
    label = s.label, price = s.price, price_proposed = s.price_proposed, price_sentence = s.price_sentence,
    counting = s.counting, remaining_at_provider = s.remaining, capacity = s.capacity,
    snapshot_at = s.snapshot_at, answered_at = s.answered_at, pool = s.pool, active = s.active, kept_at = NULL, last_run_id = %(run)s
FROM planned_stock AS s WHERE s.action = 'update' AND stock.id = s.stock_id;

-- name: count_updated_stocks
-- Quantities, in a statement after the locks, so that no booking is missed.
UPDATE stock SET quantity = counted.places
FROM count_stock(ARRAY(SELECT stock_id FROM planned_stock WHERE action = 'update' ORDER BY stock_id)) AS counted
WHERE stock.id = counted.stock_id AND stock.quantity IS DISTINCT FROM counted.places;

-- name: booked_dates_touched
-- Booked dates that the page cancels or moves, for their notices.
SELECT s.stock_id, p.offer_id, p.title, s.starts_at, s.moves_booked_from, s.loses_booked,
    stock.booked_quantity AS booked
FROM planned_stock AS s JOIN planned_offer AS p ON p.ref = s.offer_ref JOIN stock ON stock.id = s.stock_id
WHERE s.action = 'update' AND (s.loses_booked OR s.moves_booked_from IS NOT NULL);

-- name: keep_items
-- Keeps the version of each item that was taken in.
INSERT INTO source_item (link_id, kind, ref, fingerprint, order_key, offer_id, left_out, last_record, last_run_id)
SELECT %(link)s, s.kind, s.ref, s.fingerprint, s.order_key, p.offer_id,
    coalesce(s.left_out, CASE p.action WHEN 'elsewhere' THEN 'held_elsewhere' WHEN 'deleted' THEN 'offer_deleted' END),
    s.last_record, %(run)s
FROM staged_item AS s LEFT JOIN planned_offer AS p ON p.ref = s.ref AND s.kind = %(primary)s
ORDER BY s.kind, s.ref
ON CONFLICT (link_id, kind, ref) DO UPDATE SET
    fingerprint = excluded.fingerprint, order_key = excluded.order_key,
    offer_id = coalesce(excluded.offer_id, source_item.offer_id), left_out = excluded.left_out,
    withdrawn_at = NULL, kept_at = NULL,
    last_record = excluded.last_record, last_run_id = excluded.last_run_id;

-- name: leave_quarantine
-- An item that reads again leaves quarantine.
DELETE FROM quarantine AS q USING staged_item AS s
WHERE q.link_id = %(link)s AND q.kind = s.kind AND q.ref = s.ref;

-- name: enter_quarantine
INSERT INTO quarantine (link_id, kind, ref, run_id, turn, code, sentence, detail, payload)
VALUES (%(link)s, %(kind)s, %(ref)s, %(run)s, %(turn)s, %(code)s, %(sentence)s, %(detail)s, %(payload)s)
ON CONFLICT (link_id, kind, ref) DO UPDATE SET run_id = excluded.run_id, at = clock_timestamp(),
    turn = excluded.turn, code = excluded.code, sentence = excluded.sentence, detail = excluded.detail,
    payload = excluded.payload;

-- name: mark_seen
INSERT INTO seen_mark (run_id, kind, ref, asked_at, fingerprint)
SELECT %(run)s, kind, ref, %(asked_at)s, fingerprint
FROM unnest(%(kinds)s::text[], %(refs)s::text[], %(fingerprints)s::bytea[]) AS page (kind, ref, fingerprint)
ORDER BY kind, ref
ON CONFLICT (run_id, kind, ref) DO NOTHING;

-- name: deleted_dates
-- Dates to come of the offers whose items the partner says it deleted.
SELECT stock.id AS stock_id, offer.id AS offer_id, offer.title, stock.starts_at, stock.booked_quantity AS booked
FROM source_item AS item
JOIN offer ON offer.id = item.offer_id AND offer.link_id = %(link)s AND offer.active
JOIN stock ON stock.offer_id = offer.id AND stock.active
    AND coalesce(stock.ends_at, stock.starts_at, 'infinity') >= now()
WHERE item.link_id = %(link)s AND item.kind = %(primary)s AND item.ref = ANY (%(refs)s) ORDER BY stock.id;

-- name: lock_deleted
SELECT count(*) FROM (
    SELECT offer.id FROM offer WHERE link_id = %(link)s AND id IN (SELECT offer_id FROM source_item
        WHERE link_id = %(link)s AND kind = %(primary)s AND ref = ANY (%(refs)s))
    ORDER BY id FOR NO KEY UPDATE) AS locked;

-- name: lock_deleted_stocks
SELECT count(*) FROM (
    SELECT stock.id FROM stock WHERE offer_id IN (SELECT offer_id FROM source_item
        WHERE link_id = %(link)s AND kind = %(primary)s AND ref = ANY (%(refs)s))
    ORDER BY id FOR NO KEY UPDATE) AS locked;

-- name: withdraw_deleted_stocks
UPDATE stock SET active = false, quantity = booked_quantity, last_run_id = %(run)s
FROM offer JOIN source_item AS item ON item.offer_id = offer.id
WHERE item.link_id = %(link)s AND item.kind = %(primary)s AND item.ref = ANY (%(refs)s)
  AND offer.link_id = %(link)s AND offer.active AND stock.offer_id = offer.id AND stock.active
  AND coalesce(stock.ends_at, stock.starts_at, 'infinity') >= now();

-- name: withdraw_deleted_offers
UPDATE offer SET active = false, last_run_id = %(run)s
FROM source_item AS item
WHERE item.link_id = %(link)s AND item.kind = %(primary)s AND item.ref = ANY (%(refs)s)
  AND offer.id = item.offer_id AND offer.link_id = %(link)s AND offer.active;

-- name: withdraw_deleted_items
UPDATE source_item SET withdrawn_at = clock_timestamp(), fingerprint = NULL, last_run_id = %(run)s
WHERE link_id = %(link)s AND kind = %(primary)s AND ref = ANY (%(refs)s);

-- name: note_met
-- Items that were absent and are met again, even unchanged, are no longer at stake.
DELETE FROM withdrawal_item AS w USING source_item AS item
WHERE w.link_id = %(link)s AND w.change = 'absent' AND item.id = w.source_item_id
  AND item.kind = %(primary)s AND item.ref = ANY (%(refs)s);

-- name: commit_page
-- The fence: no row comes back when the lease is no longer ours, and the page is rolled back.
UPDATE sync_run SET cursor = %(cursor)s, counters = %(counters)s, pages = pages + %(pages)s, seen = seen + %(seen)s,
    estimate = coalesce(%(estimate)s, estimate), shortfall = coalesce(%(shortfall)s, shortfall),
    first_request_at = coalesce(first_request_at, %(asked_at)s), losses = 0
WHERE id = %(run)s AND lease_token = %(token)s AND lease_until > clock_timestamp()
RETURNING id;

-- name: cursor_of_run
SELECT cursor, counters FROM sync_run WHERE id = %(run)s;

-- name: marks_and_seen
-- The marks are unlogged, the count in the run's row is not: they differ after a crash of PostgreSQL.
SELECT seen, (SELECT count(*) FROM seen_mark WHERE run_id = sync_run.id) AS marks
FROM sync_run WHERE id = %(run)s;

-- name: forget_marks
DELETE FROM seen_mark WHERE run_id = %(run)s;

-- name: note_absent
-- Shown items of the link that a complete snapshot did not list. The past is never withdrawn: an offer whose dates
-- are over stays, one whose dates have all left before it does not.
WITH absent AS MATERIALIZED (
    SELECT ref FROM source_item
    WHERE link_id = %(link)s AND kind = %(primary)s AND withdrawn_at IS NULL AND kept_at IS NULL
    EXCEPT SELECT ref FROM seen_mark WHERE run_id = %(run)s AND kind = %(primary)s
)
INSERT INTO withdrawal_item (link_id, change, source_item_id, offer_id, run_id)
SELECT item.link_id, 'absent', item.id, item.offer_id, %(run)s
FROM absent
JOIN source_item AS item ON item.link_id = %(link)s AND item.kind = %(primary)s AND item.ref = absent.ref
JOIN offer ON offer.id = item.offer_id
WHERE item.left_out IS NULL AND offer.active AND offer.link_id = %(link)s AND NOT 'active' = ANY (offer.fields_edited)
  AND coalesce((SELECT max(coalesce(stock.ends_at, stock.starts_at, 'infinity')) FROM stock
                WHERE stock.offer_id = offer.id AND stock.active), 'infinity') >= now()
ON CONFLICT (link_id, change, offer_id, stock_id) DO NOTHING;

-- name: items_as_before
-- What the link's items were found to be, for a run to which the partner says that nothing changed.
SELECT item.left_out AS reason, count(*) AS items,
    count(*) FILTER (WHERE offer.active AND offer.held_reason IS NOT NULL AND offer.link_id = %(link)s) AS held
FROM source_item AS item LEFT JOIN offer ON offer.id = item.offer_id AND item.left_out IS NULL
WHERE item.link_id = %(link)s AND item.kind = %(primary)s AND item.withdrawn_at IS NULL AND item.kept_at IS NULL
GROUP BY item.left_out;

-- name: anything_noted
-- Whether anything of the link is at stake, or a question about it is still open.
SELECT FROM withdrawal_item WHERE link_id = %(link)s LIMIT 1;

-- name: heirs
-- Offers at stake that another active link of the venue lists too.
SELECT DISTINCT ON (w.offer_id) w.offer_id, w.source_item_id, heir.id AS heir_item, heir.link_id AS heir_link
FROM withdrawal_item AS w
JOIN public.source_item AS heir ON heir.offer_id = w.offer_id AND heir.link_id <> w.link_id
    AND heir.left_out = 'held_elsewhere' AND heir.withdrawn_at IS NULL
JOIN link ON link.id = heir.link_id AND link.state = 'active'
WHERE w.link_id = %(link)s AND w.change IN ('absent', 'filtered')
ORDER BY w.offer_id, heir.link_id;

-- name: note_inherited
DELETE FROM withdrawal_item WHERE link_id = %(link)s AND offer_id = ANY (%(offers)s);

-- name: hand_over_offers
UPDATE offer SET link_id = heir.link_id, last_run_id = %(run)s
FROM unnest(%(offers)s::bigint[], %(links)s::bigint[]) AS heir (offer_id, link_id) WHERE offer.id = heir.offer_id;

-- name: hand_over_items
-- The heir reads its item anew at its next run; ours has left.
UPDATE source_item SET
    fingerprint = CASE WHEN link_id = %(link)s THEN fingerprint END,
    left_out = CASE WHEN link_id = %(link)s THEN 'held_elsewhere' END
WHERE id = ANY (%(items)s);

-- name: wake_heirs
UPDATE link SET next_run_at = now(), validators = '{}' WHERE id = ANY (%(links)s) AND state = 'active';

-- name: weigh_losses
-- What the link shows and what is at stake of it, in items and in dates; filtering by settings that
-- a person just edited is no loss.
WITH shown AS (
    SELECT stock.id, stock.offer_id, stock.booked_quantity
    FROM offer JOIN stock ON stock.offer_id = offer.id
    WHERE offer.link_id = %(link)s AND offer.active AND stock.active
      AND coalesce(stock.ends_at, stock.starts_at, 'infinity') >= now()
), gone AS (
    SELECT DISTINCT offer_id FROM withdrawal_item WHERE link_id = %(link)s
        AND (change = 'absent' OR change = 'filtered' AND NOT %(edited)s)
), lost AS (
    SELECT stock.id, stock.offer_id, stock.booked_quantity, true AS whole
    FROM gone JOIN offer ON offer.id = gone.offer_id AND offer.link_id = %(link)s AND offer.active
    JOIN stock ON stock.offer_id = offer.id AND stock.active
        AND coalesce(stock.ends_at, stock.starts_at, 'infinity') >= now()
    UNION ALL
    SELECT stock.id, stock.offer_id, stock.booked_quantity, false
    FROM withdrawal_item AS w JOIN offer ON offer.id = w.offer_id AND offer.link_id = %(link)s AND offer.active
    JOIN stock ON stock.id = w.stock_id AND stock.active
        AND coalesce(stock.ends_at, stock.starts_at, 'infinity') >= now()
    WHERE w.link_id = %(link)s AND w.change = 'unlisted' AND w.offer_id NOT IN (SELECT offer_id FROM gone)
)
SELECT (SELECT count(DISTINCT offer_id) FROM shown) AS items,
    (SELECT count(*) FROM shown) AS dates,
    (SELECT count(DISTINCT offer_id) FROM lost WHERE whole) AS items_lost,
    (SELECT count(*) FROM lost) AS dates_lost,
    (SELECT count(*) FROM lost WHERE booked_quantity > 0) AS booked_dates_lost;

-- name: weigh_changes
-- Prices and categories that readers see and that the run would change; tenfold ones are counted apart.
SELECT
    (SELECT count(*) FROM offer WHERE link_id = %(link)s AND active AND held_reason IS NULL
        AND deleted_at IS NULL AND EXISTS (SELECT FROM stock WHERE stock.offer_id = offer.id AND stock.active
            AND coalesce(stock.ends_at, stock.starts_at, 'infinity') >= now())) AS offers,
    count(DISTINCT w.offer_id) AS offers_changed,
    count(*) FILTER (WHERE w.change = 'price' AND stock.price > 0 AND w.new_price > 0
        AND (w.new_price >= 10 * stock.price OR w.new_price <= stock.price / 10)) AS tenfold
FROM withdrawal_item AS w LEFT JOIN stock ON stock.id = w.stock_id
WHERE w.link_id = %(link)s AND w.change IN ('price', 'category');

-- name: losses
-- The dates that are about to be withdrawn, with what their notices need.
SELECT stock.id AS stock_id, stock.offer_id, offer.title, stock.starts_at, stock.booked_quantity AS booked,
    bool_or(w.change <> 'unlisted') AS whole, min(w.run_id) AS noted_by
FROM withdrawal_item AS w JOIN offer ON offer.id = w.offer_id
JOIN stock ON stock.offer_id = w.offer_id AND stock.active
    AND coalesce(stock.ends_at, stock.starts_at, 'infinity') >= now()
    AND (w.change IN ('absent', 'filtered') OR stock.id = w.stock_id)
WHERE w.link_id = %(link)s AND w.change IN ('absent', 'filtered', 'unlisted')
GROUP BY stock.id, offer.title ORDER BY stock.id;

-- name: count_losses
WITH gone AS (
    SELECT stock.id FROM withdrawal_item AS w JOIN stock ON stock.offer_id = w.offer_id
    WHERE w.link_id = %(link)s AND w.change IN ('absent', 'filtered')
    UNION SELECT stock_id FROM withdrawal_item WHERE link_id = %(link)s AND change = 'unlisted'
)
SELECT
    (SELECT count(DISTINCT offer_id) FROM withdrawal_item
        WHERE link_id = %(link)s AND change IN ('absent', 'filtered')) AS offers,
    (SELECT count(*) FROM gone JOIN stock USING (id)
        WHERE active AND coalesce(ends_at, starts_at, 'infinity') >= now()) AS stocks;

-- name: lock_losses
SELECT count(*) FROM (
    SELECT offer.id FROM offer WHERE id IN (SELECT offer_id FROM withdrawal_item WHERE link_id = %(link)s)
    ORDER BY id FOR NO KEY UPDATE) AS locked;

-- name: lock_lost_stocks
SELECT count(*) FROM (
    SELECT stock.id FROM stock WHERE offer_id IN (SELECT offer_id FROM withdrawal_item WHERE link_id = %(link)s)
    ORDER BY id FOR NO KEY UPDATE) AS locked;

-- name: lost_titles
-- What a preview or a review says would be withdrawn or changed.
SELECT DISTINCT w.change, offer.id AS offer_id, offer.title, stock.starts_at, stock.price, w.new_price, w.new_category
FROM withdrawal_item AS w JOIN offer ON offer.id = w.offer_id LEFT JOIN stock ON stock.id = w.stock_id
WHERE w.link_id = %(link)s ORDER BY offer.title, stock.starts_at LIMIT 1000;

-- name: withdraw_stocks
WITH gone AS (
    SELECT stock.id FROM withdrawal_item AS w JOIN stock ON stock.offer_id = w.offer_id
    WHERE w.link_id = %(link)s AND w.change IN ('absent', 'filtered')
    UNION SELECT stock_id FROM withdrawal_item WHERE link_id = %(link)s AND change = 'unlisted'
)
UPDATE stock SET active = false, quantity = booked_quantity, last_run_id = %(run)s
FROM gone WHERE stock.id = gone.id AND active AND coalesce(ends_at, starts_at, 'infinity') >= now();

-- name: withdraw_offers
UPDATE offer SET active = false, last_run_id = %(run)s
FROM (SELECT DISTINCT offer_id FROM withdrawal_item
      WHERE link_id = %(link)s AND change IN ('absent', 'filtered')) AS gone
WHERE offer.id = gone.offer_id AND offer.active;

-- name: withdraw_items
UPDATE source_item SET withdrawn_at = clock_timestamp(), last_run_id = %(run)s
WHERE id IN (SELECT source_item_id FROM withdrawal_item WHERE link_id = %(link)s AND change = 'absent');

-- name: forget_losses
DELETE FROM withdrawal_item WHERE link_id = %(link)s AND change IN ('absent', 'filtered', 'unlisted');

-- name: forget_items_gone
-- Items that nobody was shown, or whose dates are all over, leave without a question.
WITH absent AS MATERIALIZED (
    SELECT ref FROM source_item
    WHERE link_id = %(link)s AND kind = %(primary)s AND withdrawn_at IS NULL AND kept_at IS NULL
    EXCEPT SELECT ref FROM seen_mark WHERE run_id = %(run)s AND kind = %(primary)s
)
UPDATE source_item AS item SET withdrawn_at = clock_timestamp(), last_run_id = %(run)s
FROM absent WHERE item.link_id = %(link)s AND item.kind = %(primary)s AND item.ref = absent.ref
  AND NOT EXISTS (SELECT FROM withdrawal_item AS w WHERE w.source_item_id = item.id);

-- name: forget_quarantine_gone
-- What cannot be read is no longer waited for once its source dropped it.
DELETE FROM quarantine AS q WHERE q.link_id = %(link)s AND NOT EXISTS (
    SELECT FROM seen_mark AS mark
    WHERE mark.run_id = %(run)s AND mark.kind = %(primary)s AND mark.ref = q.ref);

-- name: apply_prices
-- `tenfold` ones stay behind when they are not wanted.
UPDATE stock SET price = w.new_price, last_run_id = %(run)s
FROM withdrawal_item AS w
WHERE w.link_id = %(link)s AND w.change = 'price' AND stock.id = w.stock_id
  AND (%(tenfold)s OR NOT (stock.price > 0 AND w.new_price > 0
       AND (w.new_price >= 10 * stock.price OR w.new_price <= stock.price / 10)) IS TRUE);

-- name: apply_categories
UPDATE offer SET category = w.new_category, last_run_id = %(run)s
FROM withdrawal_item AS w WHERE w.link_id = %(link)s AND w.change = 'category' AND offer.id = w.offer_id;

-- name: forget_changes
-- What was applied is settled; a price that still differs was held back.
DELETE FROM withdrawal_item AS w USING offer
WHERE w.link_id = %(link)s AND offer.id = w.offer_id AND (
    w.change = 'category' AND offer.category = w.new_category
    OR w.change = 'price' AND (SELECT price FROM stock WHERE id = w.stock_id) IS NOT DISTINCT FROM w.new_price)
RETURNING w.offer_id;

-- name: hold
-- Sets each offer's question anew from what is written of it.
UPDATE offer SET held_reason = held_question(offer.id)
WHERE id = ANY (%(offers)s) AND held_reason IS DISTINCT FROM held_question(offer.id);

-- name: stocks_to_recount
-- Stocks that the traversal confirmed and whose bookings moved since they were last counted: the
-- partner's unchanged count now speaks of a later instant. Few at any time, so looked up one by one.
WITH moved AS MATERIALIZED (
    SELECT id, offer_id FROM stock
    WHERE booking_changed_at >= snapshot_at AND counting IN ('deducts', 'shelf') AND active
      AND (SELECT link_id FROM offer WHERE offer.id = stock.offer_id) = %(link)s
)
SELECT moved.id, min(mark.asked_at) AS asked_at, max(mark.answered_at) AS answered_at
FROM moved JOIN source_item AS item ON item.offer_id = moved.offer_id AND item.link_id = %(link)s
JOIN seen_mark AS mark ON mark.run_id = %(run)s AND mark.kind = item.kind AND mark.ref = item.ref
GROUP BY moved.id;

-- name: lock_recounted
SELECT count(*) FROM (
    SELECT id FROM stock WHERE id = ANY (%(stocks)s) ORDER BY id FOR NO KEY UPDATE) AS locked;

-- name: confirm_snapshots
UPDATE stock SET snapshot_at = confirmed.asked_at, answered_at = confirmed.answered_at, last_run_id = %(run)s
FROM unnest(%(stocks)s::bigint[], %(asked)s::timestamptz[], %(answered)s::timestamptz[])
    AS confirmed (id, asked_at, answered_at)
WHERE stock.id = confirmed.id AND confirmed.asked_at > stock.snapshot_at;

-- name: recount
UPDATE stock SET quantity = counted.places FROM count_stock(%(stocks)s) AS counted
WHERE stock.id = counted.stock_id AND stock.quantity IS DISTINCT FROM counted.places;

-- name: open_withdrawal
INSERT INTO withdrawal (link_id, run_id, why, counts) VALUES (%(link)s, %(run)s, %(why)s, %(counts)s)
ON CONFLICT (link_id) WHERE closed_at IS NULL
    DO UPDATE SET run_id = excluded.run_id, why = excluded.why, counts = excluded.counts
RETURNING id;

-- name: close_withdrawal
UPDATE withdrawal SET closed_at = clock_timestamp(), decision = %(decision)s, decided_by = %(actor)s
WHERE link_id = %(link)s AND closed_at IS NULL RETURNING id;

-- name: open_notice
-- One open notice a subject; asked again it is refreshed, not doubled.
INSERT INTO notice (kind, venue_id, link_id, offer_id, stock_id, candidate_stock_id, run_id, question, facts)
VALUES (%(kind)s, %(venue)s, %(link)s, %(offer)s, %(stock)s, %(candidate)s, %(run)s, %(question)s, %(facts)s)
ON CONFLICT (kind, link_id, stock_id) WHERE resolved_at IS NULL DO UPDATE SET
    candidate_stock_id = excluded.candidate_stock_id, run_id = excluded.run_id,
    question = excluded.question, facts = excluded.facts;

-- name: resolve_notices
UPDATE notice SET resolved_at = clock_timestamp(), resolution = %(resolution)s, resolved_by = %(actor)s
WHERE link_id = %(link)s AND kind = %(kind)s AND resolved_at IS NULL;

-- name: subject_of_link
SELECT link.id, link.venue_id, link.provider, coalesce(venue.timezone, 'Europe/Paris') AS timezone
FROM link LEFT JOIN venue ON venue.id = link.venue_id WHERE link.id = %(link)s;

-- name: open_review_of_link
SELECT id, run_id, why FROM withdrawal WHERE link_id = %(link)s AND closed_at IS NULL FOR UPDATE;

-- name: keep_absent_items
-- Kept until the source lists them again.
UPDATE source_item SET kept_at = clock_timestamp() WHERE id IN (
    SELECT source_item_id FROM withdrawal_item WHERE link_id = %(link)s AND change IN ('absent', 'filtered'));

-- name: keep_unlisted_stocks
UPDATE stock SET kept_at = clock_timestamp() WHERE id IN (
    SELECT stock_id FROM withdrawal_item WHERE link_id = %(link)s AND change = 'unlisted');

-- name: forget_all
DELETE FROM withdrawal_item WHERE link_id = %(link)s;

-- name: notice_to_answer
SELECT notice.*, stock.offer_id AS stock_offer FROM notice LEFT JOIN stock ON stock.id = notice.stock_id
WHERE notice.id = %(notice)s AND notice.resolved_at IS NULL FOR UPDATE OF notice;

-- name: lock_offer
SELECT count(*) FROM (SELECT id FROM offer WHERE id = %(offer)s FOR NO KEY UPDATE) AS locked;

-- name: lock_two_stocks
SELECT count(*) FROM (SELECT id FROM stock WHERE id = ANY (%(stocks)s) ORDER BY id FOR NO KEY UPDATE) AS locked;

-- name: free_ref
UPDATE stock SET ref = 'replaced ' || id, active = false WHERE id = %(candidate)s;

-- name: take_date
-- The booked row takes the new date's place; its bookings move with it.
UPDATE stock SET ref = %(ref)s, starts_at = new.starts_at, ends_at = new.ends_at,
    booking_limit_at = new.booking_limit_at, label = new.label, price = coalesce(new.price, stock.price),
    price_proposed = new.price_proposed, price_sentence = new.price_sentence, counting = new.counting,
    remaining_at_provider = new.remaining_at_provider, capacity = new.capacity, snapshot_at = new.snapshot_at,
    answered_at = new.answered_at, pool = new.pool, active = true, kept_at = NULL, quantity = NULL
FROM stock AS new WHERE new.id = %(candidate)s AND stock.id = %(stock)s;

-- name: move_bookings
UPDATE booking SET stock_id = %(stock)s WHERE stock_id = %(candidate)s;

-- name: move_notices
-- What was asked or told of the new date is from now on of the booked row; the same question of both is one.
UPDATE notice SET stock_id = %(stock)s,
    resolved_at = CASE WHEN of_both THEN clock_timestamp() ELSE resolved_at END,
    resolution = CASE WHEN of_both THEN 'superseded' ELSE resolution END
FROM (
    SELECT theirs.id, theirs.resolved_at IS NULL AND EXISTS (
        SELECT FROM notice AS ours WHERE ours.stock_id = %(stock)s AND ours.resolved_at IS NULL
          AND (ours.kind, ours.link_id) IS NOT DISTINCT FROM (theirs.kind, theirs.link_id)) AS of_both
    FROM notice AS theirs WHERE theirs.stock_id = %(candidate)s
) AS told
WHERE notice.id = told.id;

-- name: forget_stock_notes
DELETE FROM withdrawal_item WHERE stock_id = ANY (%(stocks)s);

-- name: delete_stock
DELETE FROM stock WHERE id = %(candidate)s;

-- name: keep_date
-- A date that its source cancels, and does not only leave out, stays by the person's word alone.
UPDATE stock SET active = true, kept_at = clock_timestamp(),
    fields_edited = CASE WHEN %(cancelled)s THEN array_append(array_remove(fields_edited, 'active'), 'active')
                         ELSE fields_edited END
WHERE id = %(stock)s;

-- name: keep_offer_of_date
UPDATE offer SET active = true WHERE id = %(offer)s AND NOT active;

-- name: keep_item_of_date
UPDATE source_item SET kept_at = clock_timestamp(), withdrawn_at = NULL
WHERE offer_id = %(offer)s AND withdrawn_at IS NOT NULL;

-- name: answer_notice
UPDATE notice SET resolved_at = clock_timestamp(), resolution = %(answer)s, resolved_by = %(actor)s
WHERE id = %(notice)s;

-- name: remember
INSERT INTO link_event (link_id, actor, role, action, detail)
VALUES (%(link)s, %(actor)s, %(role)s, %(action)s, %(detail)s);

-- name: quarantined
-- What is kept of a link, and the earliest that its partner may have counted the places that it says.
SELECT kind, quarantine.ref, payload, coalesce(first_request_at, at) AS asked_at
FROM quarantine LEFT JOIN sync_run ON sync_run.id = run_id
WHERE quarantine.link_id = %(link)s AND payload IS NOT NULL ORDER BY kind, ref;

-- name: candidate_date
-- The one date that appeared in an event since another was first missed, if exactly one did.
SELECT min(id) AS stock_id, min(starts_at) AS starts_at FROM stock
WHERE offer_id = %(offer)s AND created_run_id >= %(since)s AND active AND starts_at > now()
HAVING count(*) = 1;

-- name: link_of_run
-- The link of a run, with the facts of its venue.
SELECT link.id, link.venue_id, link.provider, link.identifier, link.title, link.settings, link.secrets, link.state,
    link.settings_edited_at, link.cursor, link.context, link.validators, link.full_at, link.visited_at,
    venue.name, coalesce(venue.timezone, 'Europe/Paris') AS timezone, venue.latitude, venue.longitude,
    venue.siret, venue.default_category, clock_timestamp() AS now,
    EXISTS (SELECT FROM quarantine WHERE quarantine.link_id = link.id) AS has_quarantine
FROM link LEFT JOIN venue ON venue.id = link.venue_id WHERE link.id = %(link)s;

-- name: uploaded_file
SELECT name, content, uploaded_at FROM uploaded_file WHERE venue_id = %(venue)s AND sha256 = %(sha256)s;

-- name: read_all
-- A usual run of a changes traversal that has to read everything this time.
UPDATE sync_run SET mode = 'full' WHERE id = %(run)s;

-- name: start_over
-- A traversal that starts again at the top: the marks are gone, what is written stays.
UPDATE sync_run SET cursor = NULL, context = %(context)s, seen = 0, pages = 0, counters = %(counters)s,
    traversals = traversals + %(again)s, shortfall = %(shortfall)s
WHERE id = %(run)s AND lease_token = %(token)s AND lease_until > clock_timestamp()
RETURNING id;

-- name: give_way
-- Puts a run back behind the others of its queue; where it goes on is in its row. Whoever gives way
-- publishes it: would the tick do so too, it had two turns in each round from then on.
UPDATE sync_run SET status = 'queued', lease_until = NULL, published_at = clock_timestamp(), publications = 0,
    slices = slices + 1
WHERE id = %(run)s AND lease_token = %(token)s AND lease_until > clock_timestamp()
RETURNING id;

-- name: finish_run
-- Writes how a run ended, if it is still ours.
UPDATE sync_run SET status = %(status)s, finished_at = clock_timestamp(), lease_until = NULL,
    counters = %(counters)s, error_code = %(error_code)s, message = %(message)s, detail = %(detail)s,
    body_head = %(body_head)s, error_kind = %(error_kind)s
WHERE id = %(run)s AND lease_token = %(token)s AND lease_until > clock_timestamp()
RETURNING id;

-- name: link_after_success
-- What a person edited meanwhile is due at once. A hinted run or a replay is no visit: when the link is due stays.
UPDATE link SET failures = 0, next_run_at = CASE WHEN state <> 'active' THEN NULL
        WHEN settings_edited_at > %(started)s THEN now()
        WHEN %(visit)s THEN greatest(now() + "interval",
            CASE WHEN fresh_until IS NOT NULL THEN least(fresh_until, now() + %(longest)s) END)
        ELSE coalesce(next_run_at, now() + "interval") END,
    wanted_at = NULL, put_off = NULL,
    validators = CASE WHEN %(complete)s THEN %(validators)s ELSE validators END,
    full_at = CASE WHEN %(snapshot)s THEN now() ELSE full_at END,
    context = CASE WHEN %(snapshot)s THEN %(context)s ELSE context END,
    cursor = coalesce(%(cursor)s, cursor),
    settings_edited_at = CASE WHEN %(complete)s AND settings_edited_at <= %(started)s THEN NULL
                              ELSE settings_edited_at END
WHERE id = %(link)s;

-- name: link_after_failure
-- Backoff: each failure doubles the wait, between the provider's shortest and longest interval.
UPDATE link SET failures = failures + 1, next_run_at = CASE WHEN state = 'active' THEN greatest(
    %(retry_at)s, now() + least(%(longest)s, %(shortest)s * power(2, least(failures, 20)))) END,
    wanted_at = NULL, put_off = NULL
WHERE id = %(link)s;

-- name: forget_validators
-- A run that failed in the middle left a part of what it read: an unchanged answer would leave it so.
UPDATE link SET validators = '{}' WHERE id = %(link)s AND validators <> '{}'
    AND EXISTS (SELECT FROM sync_run WHERE id = %(run)s AND pages > 0);

-- name: link_to_check
UPDATE link SET state = 'to_check', state_reason = %(reason)s, next_run_at = NULL, failures = failures + 1
WHERE id = %(link)s AND state <> 'unlinked';

-- name: link_is_fine
UPDATE link SET state = 'active', state_reason = '' WHERE id = %(link)s AND state = 'to_check';

-- name: link_resolved
UPDATE link SET identifier = %(identifier)s WHERE id = %(link)s;

-- name: claim_notice_to_tell
-- One notice of a venue that the portal has to hear of, claimed for a minute: it opened, it has waited
-- for a day or for a week, or it was resolved after the portal had heard of it.
UPDATE notice SET tell_at = clock_timestamp() + interval '1 minute'
FROM (
    SELECT id, CASE
        WHEN told_at IS NULL THEN 'opened' WHEN resolved_at IS NOT NULL THEN 'resolved' ELSE 'reminder' END AS news
    FROM notice
    WHERE tell_at <= clock_timestamp() AND venue_id IS NOT NULL AND CASE
        WHEN resolved_at IS NOT NULL THEN told_at IS NOT NULL AND resolved_told_at IS NULL
        WHEN told_at IS NULL THEN true
        WHEN reminders = 0 THEN told_at < clock_timestamp() - interval '24 hours'
        WHEN reminders = 1 THEN told_at < clock_timestamp() - interval '7 days'
        ELSE false END
    ORDER BY tell_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
) AS due
WHERE notice.id = due.id
RETURNING notice.*, due.news;

-- name: notice_opened_told
UPDATE notice SET told_at = clock_timestamp(), tell_at = clock_timestamp(), tell_failures = 0 WHERE id = %(notice)s;

-- name: notice_reminder_told
UPDATE notice SET reminders = reminders + 1, tell_at = clock_timestamp(), tell_failures = 0 WHERE id = %(notice)s;

-- name: notice_resolved_told
UPDATE notice SET resolved_told_at = clock_timestamp(), tell_at = clock_timestamp(), tell_failures = 0
WHERE id = %(notice)s;

-- name: notice_not_taken
-- The portal is asked again after 20 seconds, then 40…, an hour at most.
UPDATE notice SET tell_failures = least(tell_failures + 1, 20),
    tell_at = clock_timestamp() + least(interval '1 hour', interval '20 seconds' * power(2, least(tell_failures, 10)))
WHERE id = %(notice)s;