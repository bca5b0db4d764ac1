<?php
system("convert " . escapeshellarg($_POST['berkas']) . " hasil.png");
exec("date");
(new Process(['convert', $request->file, 'hasil.pdf']))->run();
mail($ke, $judul, $_POST['isi'], $kepala);
