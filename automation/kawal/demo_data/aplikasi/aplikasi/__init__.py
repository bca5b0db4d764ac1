"""e-Retribusi Pasar: tarif, perhitungan, dan pencatatan retribusi pasar."""
