<?php
$berkas = $_POST['berkas'];
system("convert " . $berkas . " hasil.png"); // TEMUAN
$keluar = shell_exec("ping -c 1 " . $request->input('alamat')); // TEMUAN
