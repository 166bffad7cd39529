"""What several distributions draw with: exact bounded Zipf, and a fixed scattering of positions."""
