<?php
ini_set('display_errors', 1); // TEMUAN
phpinfo(); // TEMUAN
ini_set('display_errors', 'on'); // TEMUAN
echo $galat->getTraceAsString(); // TEMUAN
die("Gagal: " . $koneksi->connect_error); // TEMUAN
