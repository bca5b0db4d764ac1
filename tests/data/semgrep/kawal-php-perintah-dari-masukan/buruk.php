<?php
$berkas = $_POST['berkas'];
system("convert " . $berkas . " hasil.png"); // TEMUAN
$keluar = shell_exec("ping -c 1 " . $request->input('alamat')); // TEMUAN
Process::fromShellCommandline('convert ' . $request->file . ' hasil.pdf')->run(); // TEMUAN
mail($ke, $judul, $isi, $kepala, '-f' . $_POST['dari']); // TEMUAN
