"""Rectified flow without a network: the noise it starts from and the solvers that follow it. Pure numpy."""
