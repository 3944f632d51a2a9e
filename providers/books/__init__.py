"""What the book catalogues and the stock lists have in common: EANs, forms, who may be offered."""
