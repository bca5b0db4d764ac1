<?php
$gambar = base64_decode($isi);
file_put_contents('gambar.png', $gambar);
$pembaca = 'baca_' . $jenis;
$pembaca($gambar);
