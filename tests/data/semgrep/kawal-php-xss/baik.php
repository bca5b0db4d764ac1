<?php
echo "Halo " . htmlspecialchars($_GET['nama'], ENT_QUOTES, 'UTF-8');
echo esc($this->request->getGet('cari'));
echo (int) $_GET['halaman'];
