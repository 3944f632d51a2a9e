-- What a person answers for offers that wait. Every change takes its locks first: offers by id, then
-- their stocks by id; what readers may see is judged anew (`hold`) in a statement after the change.

-- name: lock_offers
SELECT count(*) FROM (
    SELECT id FROM offer WHERE id = ANY (%(offers)s) ORDER BY id FOR NO KEY UPDATE) AS locked;

-- name: lock_stocks
SELECT count(*) FROM (
    SELECT id FROM stock WHERE offer_id = ANY (%(offers)s) ORDER BY id FOR NO KEY UPDATE) AS locked;

-- name: offers_saying
-- The offers of a link with a date whose price the partner put in these words.
SELECT id FROM offer
WHERE link_id = %(link)s AND EXISTS (
    SELECT FROM stock WHERE stock.offer_id = offer.id AND stock.price_sentence = %(sentence)s);

-- name: keep_price_answer
INSERT INTO price_answer (link_id, sentence, price, answered_by)
VALUES (%(link)s, %(sentence)s, %(price)s, %(actor)s)
ON CONFLICT (link_id, sentence) DO UPDATE
    SET price = excluded.price, answered_by = excluded.answered_by, at = clock_timestamp();

-- name: apply_price_answer
-- Prices that a person set for one offer or one date stay.
UPDATE stock SET price = %(price)s, price_proposed = NULL
FROM offer
WHERE offer.id = stock.offer_id AND offer.id = ANY (%(offers)s) AND stock.price_sentence = %(sentence)s
  AND NOT 'price' = ANY (stock.fields_edited || offer.fields_edited)
  AND (stock.price IS DISTINCT FROM %(price)s OR stock.price_proposed IS NOT NULL);

-- name: offers_without_words
-- The offers of a link that wait for a price of which the partner says nothing.
SELECT offer.id FROM offer
WHERE offer.link_id = %(link)s AND offer.active AND offer.deleted_at IS NULL
  AND offer.held_reason = 'price_unknown'
  AND EXISTS (SELECT FROM stock WHERE stock.offer_id = offer.id AND stock.active AND stock.price IS NULL
              AND stock.price_sentence = '');

-- name: set_price
-- A person's price for all the dates of these offers.
UPDATE offer SET price = %(price)s, fields_edited = ARRAY(SELECT DISTINCT unnest(fields_edited || '{price}'::text[]))
WHERE id = ANY (%(offers)s);

-- name: price_stocks
UPDATE stock SET price = %(price)s, price_proposed = NULL
WHERE offer_id = ANY (%(offers)s) AND NOT 'price' = ANY (fields_edited)
  AND (price IS DISTINCT FROM %(price)s OR price_proposed IS NOT NULL);

-- name: set_category
UPDATE offer SET category = %(category)s,
    fields_edited = ARRAY(SELECT DISTINCT unnest(fields_edited || '{category}'::text[]))
WHERE id = ANY (%(offers)s);

-- name: settle_capacity
-- The link's answer, kept as its other settings are.
UPDATE link SET settings = settings || jsonb_build_object('capacity', %(capacity)s::jsonb),
    settings_edited_at = clock_timestamp()
WHERE id = %(link)s;

-- name: offers_of_link
SELECT id FROM offer WHERE link_id = %(link)s;

-- name: offer_capacity
-- The dates of a link whose places nobody said; what a person set for one offer or date stays.
UPDATE stock SET counting = CASE WHEN %(places)s::integer IS NULL THEN 'unlimited' ELSE 'capacity' END,
    capacity = %(places)s
FROM offer
WHERE offer.id = stock.offer_id AND offer.id = ANY (%(offers)s) AND stock.counting IN ('capacity', 'unlimited', 'unknown')
  AND NOT 'capacity' = ANY (stock.fields_edited || offer.fields_edited);

-- name: set_capacity
-- A person's number of places for all the dates of one offer; null is unlimited.
UPDATE offer SET capacity = %(places)s,
    fields_edited = ARRAY(SELECT DISTINCT unnest(fields_edited || '{capacity}'::text[]))
WHERE id = ANY (%(offers)s);

-- name: capacity_of_stocks
UPDATE stock SET counting = CASE WHEN %(places)s::integer IS NULL THEN 'unlimited' ELSE 'capacity' END,
    capacity = %(places)s
WHERE offer_id = ANY (%(offers)s) AND counting IN ('capacity', 'unlimited', 'unknown')
  AND NOT 'capacity' = ANY (fields_edited);

-- name: recount
-- In a statement of its own, after the locks, so that no booking is missed.
UPDATE stock SET quantity = counted.places
FROM count_stock(ARRAY(SELECT id FROM stock WHERE offer_id = ANY (%(offers)s) ORDER BY id)) AS counted
WHERE stock.id = counted.stock_id AND stock.quantity IS DISTINCT FROM counted.places;

-- name: hold
-- Sets each offer's question anew from what is written of it.
UPDATE offer SET held_reason = held_question(offer.id)
WHERE id = ANY (%(offers)s) AND held_reason IS DISTINCT FROM held_question(offer.id);

-- name: title_is_fine
UPDATE offer SET title_says = NULL,
    fields_edited = ARRAY(SELECT DISTINCT unnest(fields_edited || '{title_says}'::text[]))
WHERE id = ANY (%(offers)s);

-- name: do_not_show
UPDATE offer SET active = false, fields_edited = ARRAY(SELECT DISTINCT unnest(fields_edited || '{active}'::text[]))
WHERE id = ANY (%(offers)s);

-- name: is_another
UPDATE offer SET looks_like_id = NULL WHERE id = ANY (%(offers)s);

-- name: set_words
-- Title, description and category as a person wrote them; `edited` names those that differ.
UPDATE offer SET title = %(title)s, description = %(description)s, category = %(category)s,
    fields_edited = ARRAY(SELECT DISTINCT unnest(fields_edited || %(edited)s::text[]))
WHERE id = ANY (%(offers)s);

-- name: follow_again
-- What a person set is forgotten; what the source says is written at its next importation.
UPDATE offer SET fields_edited = '{}', price = NULL, capacity = NULL, deleted_at = NULL WHERE id = ANY (%(offers)s);

-- name: stocks_follow_again
UPDATE stock SET fields_edited = '{}' WHERE offer_id = ANY (%(offers)s) AND fields_edited <> '{}';

-- name: read_items_anew
UPDATE source_item SET fingerprint = NULL WHERE offer_id = ANY (%(offers)s);

-- name: read_lines_anew
-- The same for books, whose lines a stock list keeps by pages.
INSERT INTO line_to_read (link_id, ref)
SELECT offer.link_id, product.ean FROM offer JOIN product ON product.id = offer.product_id
WHERE offer.id = ANY (%(offers)s) AND offer.link_id IS NOT NULL ON CONFLICT DO NOTHING;

-- name: read_sources_anew
-- The sources of these offers: asked soon, and without « nothing changed since » (304).
UPDATE link SET validators = '{}', next_run_at = CASE WHEN state = 'active' THEN now() ELSE next_run_at END
WHERE state <> 'unlinked' AND id IN (
    SELECT link_id FROM source_item WHERE offer_id = ANY (%(offers)s) AND withdrawn_at IS NULL
    UNION SELECT link_id FROM offer WHERE id = ANY (%(offers)s) AND product_id IS NOT NULL);

-- name: twin
-- The offer that an imported one looks like, and whether a source keeps it up to date already.
SELECT twin.id, twin.link_id, twin.provider, coalesce(owner.state <> 'unlinked', false) AS is_synced
FROM offer JOIN offer AS twin ON twin.id = offer.looks_like_id AND twin.venue_id = offer.venue_id
LEFT JOIN link AS owner ON owner.id = twin.link_id
WHERE offer.id = %(offer)s AND twin.deleted_at IS NULL;

-- name: drop_double
-- The twin is kept up to date by another source: the double is never shown, and not imported again.
UPDATE offer SET deleted_at = clock_timestamp(), active = false, looks_like_id = NULL, held_reason = NULL
WHERE id = %(offer)s;

-- name: pair_dates
-- Dates of the twin take the source's name for them: the nearest within half an hour, one each.
WITH near AS (
    SELECT old.id AS old_id, new.id AS new_id, new.ref,
        row_number() OVER (PARTITION BY old.id ORDER BY abs(extract(epoch FROM new.starts_at - old.starts_at)), new.id)
            AS of_old,
        row_number() OVER (PARTITION BY new.id ORDER BY abs(extract(epoch FROM new.starts_at - old.starts_at)), old.id)
            AS of_new
    FROM stock AS old JOIN stock AS new ON new.offer_id = %(offer)s
        AND new.starts_at BETWEEN old.starts_at - interval '30 minutes' AND old.starts_at + interval '30 minutes'
    WHERE old.offer_id = %(twin)s
)
SELECT old_id, new_id, ref FROM near WHERE of_old = 1 AND of_new = 1 ORDER BY old_id;

-- name: move_bookings
UPDATE booking SET stock_id = pair.old_id
FROM unnest(%(old)s::bigint[], %(new)s::bigint[]) AS pair (old_id, new_id) WHERE booking.stock_id = pair.new_id;

-- name: forget_notices_of_dates
UPDATE notice SET stock_id = NULL WHERE stock_id = ANY (%(new)s) AND resolved_at IS NOT NULL;

-- name: forget_notes_of_dates
DELETE FROM withdrawal_item WHERE stock_id = ANY (%(new)s) OR offer_id = %(offer)s;

-- name: delete_paired
DELETE FROM stock WHERE id = ANY (%(new)s);

-- name: name_paired
-- A price and a number of places that a person gave stay theirs.
UPDATE stock SET ref = pair.ref, fields_edited = ARRAY(SELECT DISTINCT unnest(stock.fields_edited
    || CASE WHEN %(by_hand)s AND stock.price IS NOT NULL THEN '{price}'::text[] ELSE '{}' END
    || CASE WHEN %(by_hand)s AND stock.counting <> 'unknown' THEN '{capacity}'::text[] ELSE '{}' END))
FROM unnest(%(old)s::bigint[], %(refs)s::text[]) AS pair (id, ref) WHERE stock.id = pair.id;

-- name: keep_unpaired
-- Dates that the source does not list stay until it does.
UPDATE stock SET kept_at = clock_timestamp() WHERE offer_id = %(twin)s AND NOT id = ANY (%(old)s) AND active;

-- name: free_refs
-- The source's names of dates are for the dates that it lists.
UPDATE stock SET ref = 'kept ' || stock.id FROM stock AS new
WHERE stock.offer_id = %(twin)s AND new.offer_id = %(offer)s AND new.ref = stock.ref;

-- name: move_dates
UPDATE stock SET offer_id = %(twin)s WHERE offer_id = %(offer)s;

-- name: move_notices
UPDATE notice SET offer_id = %(twin)s WHERE offer_id = %(offer)s;

-- name: move_items
UPDATE source_item SET offer_id = %(twin)s, fingerprint = NULL WHERE offer_id = %(offer)s;

-- name: move_resemblances
UPDATE offer SET looks_like_id = NULLIF(%(twin)s, id) WHERE looks_like_id = %(offer)s AND id <> %(offer)s;

-- name: give_up_identity
UPDATE offer SET ref = 'adopted ' || id, looks_like_id = NULL WHERE id = %(offer)s
RETURNING link_id, provider, origin_link_id;

-- name: take_identity
-- The twin becomes the source's offer; what a person wrote in it stays theirs.
UPDATE offer SET link_id = %(link)s, provider = %(provider)s, origin_link_id = %(origin)s, ref = %(ref)s,
    active = true, fields_edited = ARRAY(SELECT DISTINCT unnest(fields_edited
        || CASE WHEN %(by_hand)s THEN '{title}'::text[] ELSE '{}' END
        || CASE WHEN %(by_hand)s AND category IS NOT NULL THEN '{category}'::text[] ELSE '{}' END
        || CASE WHEN %(by_hand)s AND description <> '' THEN '{description}'::text[] ELSE '{}' END
        || CASE WHEN %(by_hand)s AND image_url <> '' THEN '{image_url}'::text[] ELSE '{}' END))
WHERE id = %(twin)s;

-- name: delete_double
DELETE FROM offer WHERE id = %(offer)s;

-- name: price_differs
-- Whether one of an offer's dates has another price than this.
SELECT EXISTS (SELECT FROM stock WHERE offer_id = ANY (%(offers)s) AND active AND price IS DISTINCT FROM %(price)s);

-- name: places_differ
-- Whether one of an offer's dates offers another number of places than this; null is unlimited.
SELECT EXISTS (SELECT FROM stock WHERE offer_id = ANY (%(offers)s) AND active
    AND counting IN ('capacity', 'unlimited', 'unknown')
    AND (counting = 'unknown' OR (CASE WHEN counting = 'capacity' THEN capacity END) IS DISTINCT FROM %(places)s::integer));
