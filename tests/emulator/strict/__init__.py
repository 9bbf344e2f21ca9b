"""What AWS does and moto does not, laid over moto: see `strict_moto.py` for the table of contents."""
