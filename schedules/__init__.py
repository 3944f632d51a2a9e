"""When a link is due: cadence, budgets, the tick."""
