<?php
echo Blade::render('Halo {{ $nama }}', ['nama' => $request->input('nama')]);
$hasil = $twig->render('surat.html', ['nama' => $_POST['nama']]);
