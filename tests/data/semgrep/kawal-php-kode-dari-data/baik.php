<?php
$hasil = hitung($rumus);
assert($jumlah > 0);
