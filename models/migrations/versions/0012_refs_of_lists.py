"""The refs of a list's lines apart from what the lines say: a patch replaces the one, never the other."""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.execute("""
    ALTER TABLE list_page ADD refs text;           -- of each line, a row each
    ALTER TABLE list_page ALTER refs SET STORAGE EXTERNAL;
    UPDATE list_page SET
        refs = coalesce((SELECT string_agg(split_part(line, E'\\t', 1), E'\\n' ORDER BY n)
            FROM unnest(string_to_array(base, E'\\n')) WITH ORDINALITY AS kept (line, n)), ''),
        base = coalesce((SELECT string_agg(substr(line, strpos(line, E'\\t') + 1), E'\\n' ORDER BY n)
            FROM unnest(string_to_array(base, E'\\n')) WITH ORDINALITY AS kept (line, n)), ''),
        patch = coalesce((SELECT jsonb_object_agg(key, substr(value, strpos(value, E'\\t') + 1))
            FROM jsonb_each_text(patch)), '{}'),
        size = (SELECT count(DISTINCT split_part(line, E'\\t', 1))
            FROM unnest(string_to_array(base, E'\\n')) AS line);
    ALTER TABLE list_page ALTER refs SET NOT NULL;
    COMMENT ON COLUMN list_page.base IS 'What matters in each line, a row each.';
    COMMENT ON COLUMN list_page.size IS 'Refs; a ref that the page holds twice counts once.';
    """)


def downgrade() -> None:
    op.execute("""
    UPDATE list_page SET
        base = coalesce((SELECT string_agg(ref || E'\\t' || coalesce(line, ''), E'\\n' ORDER BY n)
            FROM ROWS FROM (unnest(string_to_array(refs, E'\\n')), unnest(string_to_array(base, E'\\n')))
                WITH ORDINALITY AS kept (ref, line, n)), ''),
        patch = coalesce((SELECT jsonb_object_agg(key, split_part(refs, E'\\n', key::integer + 1) || E'\\t' || value)
            FROM jsonb_each_text(patch)), '{}'),
        size = cardinality(string_to_array(refs, E'\\n'));
    ALTER TABLE list_page DROP refs;
    """)
