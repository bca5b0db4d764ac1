<?php
$config['allowed_types'] = '*'; // TEMUAN
$this->load->library('upload', ['upload_path' => './unggahan/', 'allowed_types' => '*']); // TEMUAN
$setelan['allowed_types'] = 'jpg|png|php'; // TEMUAN
