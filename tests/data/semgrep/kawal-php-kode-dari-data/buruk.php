<?php
eval($rumus); // TEMUAN
$f = create_function('$a', 'return $a;'); // TEMUAN
$hasil = preg_replace('/(.*)/e', $isi, $teks); // TEMUAN
