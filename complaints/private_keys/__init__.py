"""Adapter: the private keys of a signer, in a folder that only it can read. Their public keys are in the key ring."""
