<?php
$hasil = hitung($rumus);
assert($jumlah > 0);
$hasil = preg_replace('/e+/i', $isi, $teks);
