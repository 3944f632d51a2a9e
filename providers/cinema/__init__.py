"""What the cinema partners have in common: films with their showings, in one shape, whoever sells them.

A film at a cinema is an item and an offer (the partner's film, not a product: the engine knows
products for books only); its showings are the stocks, known by the partner's own id where it keeps
one. `adapter.Cinema` is what an adapter of `providers/` fills in.
"""
