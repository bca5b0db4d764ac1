<?php
echo Blade::render($request->input('templat'), []); // TEMUAN
$hasil = $twig->createTemplate($_POST['templat'])->render([]); // TEMUAN
$this->parser->parse_string('Halo ' . $this->input->post('nama'), $data); // TEMUAN
