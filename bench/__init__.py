"""What it costs: ratios against peers, measured in one run. `make bench` prints all of them."""
