"""Rectified flow without the network: initial noise and ODE solvers, in NumPy."""
