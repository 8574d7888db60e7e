"""The FlowSep family: rectified flow in the latent space of a mel VAE, steered by text; optionally components."""
