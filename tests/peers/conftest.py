"""What runs in the peers' own Python is not collected: it imports them."""

collect_ignore = ["in_jax.py", "in_opinfo.py", "in_torch.py"]
