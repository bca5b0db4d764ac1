<?php
echo "Halo " . $_GET['nama']; // TEMUAN
$cari = $_REQUEST['cari'];
print("<b>$cari</b>"); // TEMUAN
